// SPDX-License-Identifier: Apache-2.0
/*
 * skopeo writes its "dir:" layout, which keeps a manifest of any type as it is: manifest.json, and
 * each blob in a file named by the hex of its digest. Docker's own types need no conversion so.
 */
#include "bundles/container.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "base/process.h"

#define COPY_SIZE    (1u << 20)
#define ARCHITECTURE "amd64"

static int skopeo_copy(const char *source, const char *dir, const char *work, struct error *err)
{
	struct process_options opts = PROCESS_OPTIONS_INIT;
	bool archive = strncmp(source, "docker-archive:", 15) == 0;
	char target[4096];
	const char *argv[12] = { "skopeo", "--override-os", "linux", "--override-arch",
		ARCHITECTURE, "copy", "--quiet" };
	size_t n = 7;

	(void)snprintf(target, sizeof(target), "dir:%s", work);
	opts.dir = dir;
	if (archive) {
		argv[n++] = "--format=oci";
		argv[n++] = "--dest-compress";
	} else {
		argv[n++] = "--preserve-digests";
	}
	argv[n++] = source;
	argv[n++] = target;
	if (process_run(argv, &opts, NULL, err) < 0)
		return fail_in(err, "copying '%s'", source);
	return 0;
}

static int blob_copy(struct store *s, int dir_fd, const struct oci_descriptor *d, struct error *err)
{
	auto_store_writer w = { 0 };
	char hex[DIGEST_TEXT_MAX];
	auto_free uint8_t *chunk = malloc(COPY_SIZE);
	auto_close int fd = openat(dir_fd, digest_hex(&d->digest, hex), O_RDONLY | O_CLOEXEC);
	size_t n = 1;
	int r;

	if (!chunk)
		return fail_memory(err);
	if (fd < 0)
		return fail(err, errno, "blob sha256:%s", hex);
	if (store_has_blob(s, &d->digest, NULL))
		return 0;
	r = store_writer_start(&w, s, d->size, err);
	while (r == 0 && n > 0) {
		r = read_full(fd, chunk, COPY_SIZE, &n, err);
		if (r == 0)
			r = store_writer_add(&w, chunk, n, err);
	}
	return r < 0 ? r : store_writer_commit(&w, &d->digest, NULL, err);
}

static void architecture_read(
	int dir_fd, const struct oci_descriptor *config, struct container *ret)
{
	auto_buf text = { .max = OCI_DOCUMENT_MAX };
	auto_json json_t *json = NULL;
	struct error ignored = { 0 };
	char hex[DIGEST_TEXT_MAX];

	if (file_read_at(dir_fd, digest_hex(&config->digest, hex), OCI_DOCUMENT_MAX, &text,
		    &ignored) < 0 ||
		json_read(buf_str(&text), text.len, &json, &ignored) < 0)
		return; /* a configuration of another kind says nothing */
	(void)snprintf(ret->architecture, sizeof(ret->architecture), "%s",
		json_str(json, "architecture", ""));
}

static int blobs_copy(struct store *s, int dir_fd, const struct oci_document *doc,
	struct container *ret, struct error *err)
{
	int r;

	if (doc->kind != OCI_KIND_MANIFEST)
		return fail_code(err, EINVAL, NULL, "skopeo gave an index in place of a manifest");
	r = blob_copy(s, dir_fd, &doc->config, err);
	for (size_t i = 0; r == 0 && i < doc->count; i++)
		r = blob_copy(s, dir_fd, &doc->items[i], err);
	architecture_read(dir_fd, &doc->config, ret);
	memcpy(ret->media_type, doc->media_type, sizeof(ret->media_type));
	return r;
}

static int folder_take(struct store *s, const char *work, struct container *ret, struct error *err)
{
	auto_close int dir_fd = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_buf text = { .max = OCI_DOCUMENT_MAX };
	auto_document doc = { 0 };
	int r = dir_fd < 0 ? fail(err, errno, "opening '%s'", work) : 0;

	if (r == 0)
		r = file_read_at(dir_fd, "manifest.json", OCI_DOCUMENT_MAX, &text, err);
	if (r == 0)
		r = oci_document_parse(buf_str(&text), text.len, OCI_ITEMS_MAX, &doc, err);
	if (r == 0)
		r = blobs_copy(s, dir_fd, &doc, ret, err);
	ret->size = text.len;
	return r < 0 ? r : store_put(s, buf_str(&text), text.len, &ret->manifest, err);
}

int container_add(struct store *s, const char *source, const char *dir, const char *work,
	struct container *ret, struct error *err)
{
	struct container c = { .size = 0 };
	struct error ignored = { 0 };
	int r = skopeo_copy(source, dir, work, err);

	if (r == 0 && folder_take(s, work, &c, err) < 0)
		r = fail_in(err, "the image of '%s'", source);
	(void)remove_tree(work, &ignored); /* the folder above is removed at the end in any case */
	if (r == 0)
		*ret = c;
	return r;
}
