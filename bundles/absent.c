// SPDX-License-Identifier: Apache-2.0
/* Blobs that a delta leaves out, and whose they are. */
#include "bundles/absent.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/member.h"

#define SHOWN         3           /* of the blobs that are missing */
#define DOCUMENT_MAX  (1u << 20)  /* a larger member ends the search: small blobs lie in front */
#define DOCUMENTS_MAX (16u << 20) /* bytes of all that is looked at */
#define BLOBS_PREFIX  "blobs/sha256/"

static bool is_missing(struct store *s, const struct statement_blob *b)
{
	uint64_t size;

	return b->absent && !(store_has_blob(s, &b->digest, &size) && size == b->size);
}

/* Keeps a member that is a manifest or an index, and is what its name says. */
static int document_take(
	struct stream *in, const struct tar_member *m, json_t *documents, struct error *err)
{
	auto_free char *text = malloc((size_t)m->size + 1);
	auto_json json_t *json = NULL;
	struct error ignored = { 0 };
	struct digest found;
	char digest[DIGEST_TEXT_MAX];
	int r = text ? stream_copy(in, text, (size_t)m->size, err) : fail_memory(err);

	if (r == 0)
		r = digest_of(text, (size_t)m->size, &found, err);
	if (r < 0)
		return r;
	if (strcmp(digest_format(&found, digest) + 7, m->name + strlen(BLOBS_PREFIX)) != 0 ||
		json_read(text, (size_t)m->size, &json, &ignored) < 0 ||
		!(json_object_get(json, "layers") || json_object_get(json, "manifests")))
		return 0;
	return json_object_set(documents, digest, json) < 0 ? fail_memory(err) : 0;
}

/* The documents in front of the stream. What cannot be read of it says nothing. */
static void documents_read(struct stream *in, json_t *documents)
{
	uint64_t end = in->position + DOCUMENTS_MAX;
	struct error ignored = { 0 };
	struct tar_member m;
	int r = 0;

	while (r == 0 && in->position < end && member_next(in, &m, &ignored) == 0 &&
		m.size <= DOCUMENT_MAX) {
		r = strncmp(m.name, BLOBS_PREFIX, strlen(BLOBS_PREFIX)) == 0
			    ? document_take(in, &m, documents, &ignored)
			    : stream_skip(in, m.size, &ignored);
		if (r == 0)
			r = member_pad(in, m.size, &ignored);
	}
}

struct search {
	struct store *store;
	json_t *documents;
	const char *wanted; /* a digest */
	const char *role;   /* what it is; NULL: not found */
};

static void document_search(struct search *s, const char *digest, int depth);

static void items_search(struct search *s, const json_t *items, const char *role, int depth)
{
	const json_t *item;
	size_t i;

	json_array_foreach (items, i, item) {
		const char *digest = json_str(item, "digest", "");

		if (!s->role && strcmp(digest, s->wanted) == 0)
			s->role = role;
		if (!s->role && depth > 0)
			document_search(s, digest, depth - 1);
	}
}

static void document_search(struct search *s, const char *digest, int depth)
{
	const json_t *json = json_object_get(s->documents, digest);
	auto_document stored = { 0 };
	struct error ignored = { 0 };
	struct digest d;

	if (!json && digest_parse(digest, &d, &ignored) == 0 &&
		store_read_document(s->store, &d, &stored, &ignored) == 0)
		json = stored.json;
	if (strcmp(json_str(json_object_get(json, "config"), "digest", ""), s->wanted) == 0)
		s->role = "the configuration";
	items_search(s, json_object_get(json, "layers"), "a layer", 0);
	items_search(s, json_object_get(json, "manifests"), "a manifest", depth);
}

/* Adds " (a layer of 'NAME')" where it is known. */
static void owner_add(struct search *s, const json_t *entries, struct buf *out)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (entries, i, entry) {
		const char *digest = json_str(entry, "digest", "");

		s->role = strcmp(digest, s->wanted) == 0 ? "the manifest" : NULL;
		if (!s->role)
			document_search(s, digest, OCI_NESTING_MAX);
		if (s->role) {
			buf_printf(out, " (%s of '%.120s')", s->role,
				oci_annotation(entry, OCI_NOTE_NAME));
			return;
		}
	}
}

static void missing_tell(
	struct store *s, const struct statement *st, json_t *documents, struct buf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < st->blob_count && shown < SHOWN; i++) {
		char text[DIGEST_TEXT_MAX];
		struct search search = { .store = s, .documents = documents, .wanted = text };

		if (!is_missing(s, &st->blobs[i]))
			continue;
		buf_printf(out, "%s%s", shown++ ? ", " : "",
			digest_format(&st->blobs[i].digest, text));
		owner_add(&search, st->entries, out);
	}
}

int absent_check(struct store *s, const struct statement *st, struct stream *in, struct error *err)
{
	auto_buf shown = { .max = ERROR_TEXT_MAX };
	auto_json json_t *documents = NULL;
	size_t missing = 0;

	for (size_t i = 0; st->absent_count > 0 && i < st->blob_count; i++)
		missing += is_missing(s, &st->blobs[i]);
	if (missing == 0)
		return 0;
	documents = json_object();
	if (!documents)
		return fail_memory(err);
	documents_read(in, documents);
	missing_tell(s, st, documents, &shown);
	(void)fail_code(err, EPERM, "SW-2030",
		"it leaves out %zu blobs that should be here, and %zu of them are not: %s%s; "
		"nothing was changed",
		st->absent_count, missing, buf_str(&shown), missing > SHOWN ? ", ..." : "");
	return fail_hint(err,
		"Import the bundle that it was made since, or one that was made without --since.");
}
