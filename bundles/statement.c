// SPDX-License-Identifier: Apache-2.0
/*
 * slipway.json is one JSON object:
 *
 *	mediaType  "application/vnd.slipway.bundle.v1+json"
 *	name       the bundle's name
 *	version    a whole number, 1 or more; a store takes no lower one than it has seen of that
 *	           name
 *	created    RFC 3339 time, where the maker gave one (SOURCE_DATE_EPOCH)
 *	blobs      [{"digest":"sha256:...","size":N}, ...] ascending by digest: all that the entries
 *	           need. "carried":false marks one that a delta leaves out, as the site has it
 *	entries    OCI descriptors for index.json; the annotation org.opencontainers.image.ref.name
 *	           gives each its name, vnd.slipway.* what an installer must know. Each is one of
 *	           the blobs
 *
 * It is written compactly with sorted keys. What else is in a bundle (oci-layout, index.json)
 * follows from it byte for byte, so signing this file signs all of them.
 */
#include "bundles/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/oci.h"
#include "bundles/reference.h"

#define TYPE "application/vnd.slipway.bundle.v1+json"

static const struct json_field statement_fields[] = {
	{ "mediaType", JSON_KIND_STRING, true, 80 },
	{ "name", JSON_KIND_STRING, true, STATEMENT_NAME_MAX - 1 },
	{ "version", JSON_KIND_INTEGER, true, 0 },
	{ "created", JSON_KIND_STRING, false, TIME_TEXT_MAX - 1 },
	{ "blobs", JSON_KIND_ARRAY, true, CONFIG_BUNDLE_MAX_BLOBS },
	{ "entries", JSON_KIND_ARRAY, true, CONFIG_BUNDLE_MAX_BLOBS },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static const struct json_field blob_fields[] = {
	{ "digest", JSON_KIND_STRING, true, DIGEST_TEXT_MAX },
	{ "size", JSON_KIND_INTEGER, true, 0 },
	{ "carried", JSON_KIND_BOOL, false, 0 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

bool statement_name_valid(const char *name)
{
	static const char inner[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);

	return n > 0 && n < STATEMENT_NAME_MAX && strspn(name, inner) == n &&
	       !strchr("._-", name[0]) && !strchr("._-", name[n - 1]);
}

static int digest_order(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE);
}

static int blob_order(const void *key, const void *blob)
{
	return digest_order(key, &((const struct statement_blob *)blob)->digest);
}

const struct statement_blob *statement_find(const struct statement *s, const struct digest *d)
{
	return bsearch(d, s->blobs, s->blob_count, sizeof(*s->blobs), blob_order);
}

static int blob_parse(struct statement *s, const json_t *json, struct error *err)
{
	struct statement_blob *b = &s->blobs[s->blob_count];
	int r = json_fields(json, "blobs[]", blob_fields, err);

	if (r == 0)
		r = digest_parse(json_str(json, "digest", ""), &b->digest, err);
	if (r < 0)
		return r;
	if (json_int(json, "size", 0) < 0)
		return fail_code(err, EINVAL, NULL, "the size of blob %s is negative",
			json_str(json, "digest", ""));
	b->size = (uint64_t)json_int(json, "size", 0);
	b->absent = !json_bool(json, "carried", true);
	if (s->blob_count > 0 && digest_order(&b[-1].digest, &b->digest) >= 0)
		return fail_code(err, EINVAL, NULL, "blobs are out of order at %s",
			json_str(json, "digest", ""));
	if (b->size > INT64_MAX - s->blob_bytes)
		return fail_code(err, EINVAL, NULL, "the sizes add up to more than there can be");
	s->blob_bytes += b->size;
	s->absent_bytes += b->absent ? b->size : 0;
	s->absent_count += b->absent;
	s->blob_count++;
	return 0;
}

static int blobs_parse(struct statement *s, const json_t *blobs, struct error *err)
{
	const json_t *item;
	size_t i;

	s->blobs = calloc(json_array_size(blobs) + 1, sizeof(*s->blobs));
	if (!s->blobs)
		return fail_memory(err);
	json_array_foreach (blobs, i, item) {
		int r = blob_parse(s, item, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int entry_check(const struct statement *s, const json_t *entry, struct error *err)
{
	struct oci_descriptor d;
	const struct statement_blob *blob;
	const char *name = oci_annotation(entry, OCI_NOTE_NAME);
	int r = oci_descriptor_parse(entry, &d, err);

	if (r < 0)
		return r;
	if (!name || !entry_name_valid(name))
		return fail_code(err, EINVAL, NULL, "an entry has no valid name");
	blob = statement_find(s, &d.digest);
	if (!blob || blob->size != d.size)
		return fail_code(err, EINVAL, NULL, "entry '%s' is none of its blobs", name);
	return 0;
}

static int entries_check(const struct statement *s, struct error *err)
{
	const json_t *item;
	size_t i;

	json_array_foreach (s->entries, i, item) {
		int r = entry_check(s, item, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int statement_read(struct statement *s, const json_t *json, struct error *err)
{
	int r = json_fields(json, STATEMENT_FILE, statement_fields, err);
	const char *name = json_str(json, "name", "");

	if (r < 0)
		return r;
	if (strcmp(json_str(json, "mediaType", ""), TYPE) != 0)
		return fail_code(err, EINVAL, NULL, "its mediaType is not %s", TYPE);
	if (!statement_name_valid(name))
		return fail_code(err, EINVAL, NULL, "'%.80s' is no name of a bundle", name);
	if (json_int(json, "version", 0) < 1)
		return fail_code(err, EINVAL, NULL, "its version is not 1 or more");
	memcpy(s->name, name, strlen(name) + 1);
	s->version = (uint64_t)json_int(json, "version", 0);
	memcpy(s->created, json_str(json, "created", ""),
		strlen(json_str(json, "created", "")) + 1);
	s->entries = json_incref(json_object_get(json, "entries"));
	r = blobs_parse(s, json_object_get(json, "blobs"), err);
	return r < 0 ? r : entries_check(s, err);
}

int statement_parse(const void *p, size_t n, struct statement *ret, struct error *err)
{
	struct statement s = { 0 };
	auto_json json_t *json = NULL;
	int r = json_read(p, n, &json, err);

	if (r == 0)
		r = statement_read(&s, json, err);
	if (r < 0) {
		statement_done(&s);
		return fail_in(err, STATEMENT_FILE);
	}
	*ret = s;
	return 0;
}

static json_t *blob_json(const struct statement_blob *b)
{
	char digest[DIGEST_TEXT_MAX];
	json_t *json = json_pack("{s:s, s:I}", "digest", digest_format(&b->digest, digest), "size",
		(json_int_t)b->size);

	if (json && b->absent && json_object_set_new(json, "carried", json_false()) < 0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

int statement_format(const struct statement *s, char **ret, struct error *err)
{
	auto_json json_t *json = json_pack("{s:s, s:s, s:I, s:[], s:O}", "mediaType", TYPE, "name",
		s->name, "version", (json_int_t)s->version, "blobs", "entries", s->entries);
	json_t *blobs = json_object_get(json, "blobs");

	if (!json)
		return fail_memory(err);
	if (s->created[0] && json_object_set_new(json, "created", json_string(s->created)) < 0)
		return fail_memory(err);
	for (size_t i = 0; i < s->blob_count; i++)
		if (json_array_append_new(blobs, blob_json(&s->blobs[i])) < 0)
			return fail_memory(err);
	return json_write(json, ret, err);
}

void statement_done(struct statement *s)
{
	free(s->blobs);
	json_decref(s->entries);
	*s = (struct statement){ 0 };
}
