// SPDX-License-Identifier: Apache-2.0
/*
 * skopeo writes its "dir:" layout, which keeps a manifest of any type as it is: manifest.json, and
 * each blob in a file named by the hex of its digest. Docker's own types need no conversion so.
 */
#include "bundles/pull.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "bundles/blob_put.h"

struct pull {
	struct store *store;
	const char *source;
	const char *work;
};

/* "docker://HOST/REPOSITORY" without tag and digest, with this digest. */
static int source_of(const char *source, const struct digest *d, char **ret, struct error *err)
{
	const char *slash = strrchr(source, '/');
	size_t n = strlen(source);
	const char *end = slash ? slash + strcspn(slash, ":@") : source + n;
	char text[DIGEST_TEXT_MAX];

	n = (size_t)(end - source);
	return asprintf(ret, "%.*s@%s", (int)n, source, digest_format(d, text)) < 0
		       ? fail_memory(err)
		       : 0;
}

static int blob_copy(struct store *s, int dir_fd, const struct oci_descriptor *d, struct error *err)
{
	char hex[DIGEST_TEXT_MAX];
	auto_close int fd = openat(dir_fd, digest_hex(&d->digest, hex), O_RDONLY | O_CLOEXEC);
	uint64_t size;

	if (store_has_blob(s, &d->digest, NULL))
		return 0;
	if (fd < 0)
		return fail(err, errno, "blob sha256:%s", hex);
	return blob_put_fd(s, fd, &d->digest, NULL, &size, err);
}

static int folder_take(struct pull *p, const struct oci_descriptor *d, struct error *err)
{
	auto_close int dir_fd = open(p->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int fd = dir_fd < 0 ? -1 : openat(dir_fd, "manifest.json", O_RDONLY | O_CLOEXEC);
	auto_document doc = { 0 };
	uint64_t size;
	int r = fd < 0 ? fail(err, errno, "opening '%s'", p->work)
		       : blob_put_fd(p->store, fd, &d->digest, NULL, &size, err);

	if (r == 0)
		r = store_read_document(p->store, &d->digest, &doc, err);
	if (r == 0 && doc.kind != OCI_KIND_MANIFEST)
		r = fail_code(err, EINVAL, NULL, "an index in it leads to another index");
	if (r == 0)
		r = blob_copy(p->store, dir_fd, &doc.config, err);
	for (size_t i = 0; r == 0 && i < doc.count; i++)
		r = blob_copy(p->store, dir_fd, &doc.items[i], err);
	return r;
}

static int manifest_fetch(const struct oci_descriptor *d, void *arg, struct error *err)
{
	struct pull *p = arg;
	struct process_options opts = PROCESS_OPTIONS_INIT;
	struct error ignored = { 0 };
	auto_free char *source = NULL;
	char target[4096];
	const char *argv[] = { "skopeo", "copy", "--quiet", "--preserve-digests", NULL, target,
		NULL };
	int r = source_of(p->source, &d->digest, &source, err);

	if (r < 0)
		return r;
	argv[4] = source;
	(void)snprintf(target, sizeof(target), "dir:%s", p->work);
	r = process_run(argv, &opts, NULL, err);
	if (r == 0)
		r = folder_take(p, d, err);
	(void)remove_tree(
		p->work, &ignored); /* the folder above is removed at the end in any case */
	return r;
}

/* The manifest or index that a reference names, as the registry has it. */
static int root_read(struct pull *p, struct oci_descriptor *ret, struct error *err)
{
	struct process_options opts = PROCESS_OPTIONS_INIT;
	const char *argv[] = { "skopeo", "inspect", "--raw", p->source, NULL };
	auto_buf text = { .max = OCI_DOCUMENT_MAX };
	auto_document doc = { 0 };
	int r = process_run(argv, &opts, &text, err);

	if (r == 0)
		r = oci_document_parse(buf_str(&text), text.len, OCI_ITEMS_MAX, &doc, err);
	if (r < 0)
		return r;
	*ret = (struct oci_descriptor){ .size = text.len };
	memcpy(ret->media_type, doc.media_type, sizeof(ret->media_type));
	return store_put(p->store, buf_str(&text), text.len, &ret->digest, err);
}

int pull_image(struct store *s, const char *source, const json_t *wanted, const char *work,
	struct container *ret, struct error *err)
{
	struct pull p = { s, source, work };
	const struct container_source from = { s, wanted, manifest_fetch, &p };
	struct oci_descriptor root;
	int r = root_read(&p, &root, err);

	if (r == 0)
		r = container_take(&from, &root, ret, err);
	return r < 0 ? fail_in(err, "copying '%s'", source) : 0;
}
