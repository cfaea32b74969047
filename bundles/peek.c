// SPDX-License-Identifier: Apache-2.0
/* Documents of a bundle, by their digests. */
#include "bundles/peek.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/import.h"
#include "bundles/member.h"
#include "bundles/oci.h"
#include "bundles/sbom.h"

#define BLOBS_PREFIX "blobs/sha256/"

static int file_open(const char *path, int *ret, struct error *err)
{
	*ret = open(path, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? fail(err, errno, "opening '%s'", path) : 0;
}

int peek_statement(const char *path, struct statement *ret, struct error *err)
{
	const struct trust none = { 0 };
	auto_import_result result = { 0 };
	auto_close int fd = -1;
	int r = file_open(path, &fd, err);

	if (r == 0 && import_inspect(fd, &none, &result, err) < 0)
		r = fail_in(err, "'%s'", path);
	if (r < 0)
		return r;
	*ret = result.statement;
	result.statement = (struct statement){ 0 };
	return 0;
}

static int document_take(
	struct stream *s, uint64_t size, const char *digest, json_t *wanted, struct error *err)
{
	auto_free char *text = malloc((size_t)size + 1);
	struct digest found;
	char found_text[DIGEST_TEXT_MAX];
	json_t *json = NULL;
	int r = text ? stream_copy(s, text, (size_t)size, err) : fail_memory(err);

	if (r == 0)
		r = digest_of(text, (size_t)size, &found, err);
	if (r == 0 && strcmp(digest_format(&found, found_text), digest) != 0)
		r = fail_code(err, EBADMSG, "SW-2006", "blob %s is altered", digest);
	if (r == 0)
		r = json_read(text, (size_t)size, &json, err);
	if (r == 0 && json_object_set_new(wanted, digest, json) < 0)
		r = fail_memory(err);
	return r;
}

/* Reads on until as many documents as are wanted were found, or the blobs end. */
static int members_read(struct stream *s, json_t *wanted, struct error *err)
{
	size_t left = json_object_size(wanted);
	struct tar_member m;
	int r = 0;

	while (left > 0 && (r = member_next(s, &m, err)) == 0) {
		size_t n = strlen(BLOBS_PREFIX);
		char digest[DIGEST_TEXT_MAX + TAR_NAME_MAX] = "sha256:";
		bool is_wanted;

		if (strncmp(m.name, BLOBS_PREFIX, n) == 0)
			memcpy(digest + 7, m.name + n, strlen(m.name + n) + 1);
		is_wanted = json_object_get(wanted, digest) && m.size <= JSON_MAX_BYTES;
		left -= is_wanted;
		r = is_wanted ? document_take(s, m.size, digest, wanted, err)
			      : stream_skip(s, m.size, err);
		if (r == 0)
			r = member_pad(s, m.size, err);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 0;
}

int peek_documents(const char *path, json_t *wanted, struct error *err)
{
	auto_close int fd = -1;
	auto_stream stream = { 0 };
	int r = file_open(path, &fd, err);

	if (r == 0)
		r = stream_open(&stream, fd, err);
	if (r == 0)
		r = members_read(&stream, wanted, err);
	return r < 0 ? fail_in(err, "'%s'", path) : 0;
}

static int want(json_t *wanted, const struct statement *st, const char *digest, struct error *err)
{
	const struct statement_blob *blob;
	struct digest d;

	if (digest_parse(digest, &d, err) < 0)
		return err->number;
	blob = statement_find(st, &d);
	if (!blob || blob->absent)
		return 0;
	return json_object_set_new(wanted, digest, json_null()) < 0 ? fail_memory(err) : 0;
}

/* The SBOM artifacts of a statement. */
static int artifacts_want(const struct statement *st, json_t *wanted, struct error *err)
{
	const json_t *entry;
	size_t i;
	int r = 0;

	json_array_foreach (st->entries, i, entry) {
		const char *kind = oci_annotation(entry, OCI_NOTE_KIND);

		if (r == 0 && kind && strcmp(kind, SBOM_KIND) == 0)
			r = want(wanted, st, json_str(entry, "digest", ""), err);
	}
	return r;
}

static const char *layer_digest(const json_t *artifact)
{
	return json_str(json_array_get(json_object_get(artifact, "layers"), 0), "digest", "");
}

int peek_sboms(const char *path, const struct statement *st, json_t **ret, struct error *err)
{
	auto_json json_t *artifacts = json_object();
	auto_json json_t *documents = json_object();
	auto_json json_t *sboms = json_object();
	const char *key;
	json_t *artifact;
	int r = artifacts && documents && sboms ? artifacts_want(st, artifacts, err)
						: fail_memory(err);

	if (r == 0)
		r = peek_documents(path, artifacts, err);
	json_object_foreach (artifacts, key, artifact)
		if (r == 0 && json_is_object(artifact))
			r = want(documents, st, layer_digest(artifact), err);
	if (r == 0)
		r = peek_documents(path, documents, err);
	if (r < 0)
		return r;
	json_object_foreach (artifacts, key, artifact) {
		json_t *document = json_object_get(documents, layer_digest(artifact));
		const char *subject = json_str(json_object_get(artifact, "subject"), "digest", "");

		if (document && json_object_set(sboms, subject, document) < 0)
			return fail_memory(err);
	}
	*ret = take_ptr(&sboms);
	return 0;
}
