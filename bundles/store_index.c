// SPDX-License-Identifier: Apache-2.0
/*
 * index.json: the names of the store.
 *
 * `manifests` holds a descriptor an entry, its name in the annotation
 * org.opencontainers.image.ref.name. The record of an imported bundle is an annotation of the index
 * itself: "vnd.slipway.bundle.NAME": "VERSION@DIGEST", the digest being that of its statement, so
 * names and versions change in the same rename.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/store_impl.h"

void store_index_done(struct store_index *index)
{
	free(index->entries);
	json_decref(index->json);
	*index = (struct store_index){ 0 };
}

static int entry_order(const void *a, const void *b)
{
	const struct store_entry *x = a;
	const struct store_entry *y = b;

	return strcmp(x->name, y->name);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* Entries without a name are valid in a layout, but nobody can ask for them. */
static int entries_read(struct store_index *index, struct error *err)
{
	const json_t *manifests = json_object_get(index->json, "manifests");
	const json_t *item;
	size_t i;

	if (!json_is_array(manifests) ||
		json_array_size(manifests) > STORE_ENTRIES_MAX + STORE_HELD_MAX)
		return fail_code(err, EINVAL, NULL, "'manifests' is no list of at most %d entries",
			STORE_ENTRIES_MAX + STORE_HELD_MAX);
	index->entries = calloc(json_array_size(manifests) + 1, sizeof(*index->entries));
	if (!index->entries)
		return fail_memory(err);
	json_array_foreach (manifests, i, item) {
		struct store_entry *e = &index->entries[index->count];
		int r = oci_descriptor_parse(item, &e->descriptor, err);

		if (r < 0)
			return r;
		e->name = oci_annotation(item, OCI_NOTE_NAME);
		e->kind = or_empty(oci_annotation(item, OCI_NOTE_KIND));
		e->bundle = or_empty(oci_annotation(item, OCI_NOTE_BUNDLE));
		index->count += e->name && strlen(e->name) < STORE_NAME_MAX;
	}
	qsort(index->entries, index->count, sizeof(*index->entries), entry_order);
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int index_read(struct store *s, struct store_index *ret, struct error *err)
{
	auto_buf text = { .max = JSON_MAX_BYTES };
	int r = fstatat(s->dir_fd, "index.json", &ret->seen, 0) < 0 ? fail(err, errno, "index.json")
								    : 0;

	if (r == 0)
		r = file_read_at(s->dir_fd, "index.json", JSON_MAX_BYTES, &text, err);
	if (r == 0)
		r = json_read(buf_str(&text), text.len, &ret->json, err);
	if (r == 0)
		r = entries_read(ret, err);
	return r;
}

static int index_fail(const struct store *s, const struct error *why, struct error *err)
{
	if (why->number == -ENOMEM)
		return fail_memory(err);
	if (why->number == -EIO)
		return store_fail(err, -EIO, "reading '%s/index.json'", s->path);
	(void)fail_code(err, EBADMSG, "SW-2063", "the store's '%s/index.json' is damaged: %s",
		s->path, why->text);
	return fail_hint(err, "slipway store fsck");
}

int store_index_refresh(struct store *s, struct error *err)
{
	struct store_index fresh = { 0 };
	struct error why = { 0 };
	struct stat st;

	if (fstatat(s->dir_fd, "index.json", &st, 0) == 0 && same_file(&st, &s->index.seen))
		return 0;
	if (index_read(s, &fresh, &why) < 0) {
		store_index_done(&fresh);
		return index_fail(s, &why, err);
	}
	store_index_done(&s->index);
	s->index = fresh;
	s->generation++;
	return 0;
}

uint64_t store_generation(const struct store *s)
{
	return s->generation;
}

const struct store_entry *store_find(struct store *s, const char *name)
{
	struct error ignored = { 0 };
	struct store_entry key = { .name = name };

	(void)store_index_refresh(s, &ignored); /* the last good index answers; store_list tells */
	return bsearch(&key, s->index.entries, s->index.count, sizeof(key), entry_order);
}

int store_list(
	struct store *s, const struct store_entry **ret, size_t *ret_count, struct error *err)
{
	int r = store_index_refresh(s, err);

	if (r < 0)
		return r;
	*ret = s->index.entries;
	*ret_count = s->index.count;
	return 0;
}

int store_find_bundle(
	struct store *s, const char *name, struct store_bundle *ret, struct error *err)
{
	struct store_bundle found = { 0 };
	char key[STORE_NAME_MAX + sizeof(STORE_RECORD_PREFIX)];
	const char *text;
	char *end = NULL;
	int r = store_index_refresh(s, err);

	if (r < 0)
		return r;
	(void)snprintf(key, sizeof(key), STORE_RECORD_PREFIX "%.*s", STORE_NAME_MAX, name);
	text = oci_annotation(s->index.json, key);
	if (text) {
		found.version = strtoull(text, &end, 10);
		if (*end != '@' || digest_parse(end + 1, &found.statement, err) < 0)
			return fail_code(err, EINVAL, "SW-2012",
				"'%s/index.json' has a damaged record of "
				"bundle '%s'",
				s->path, name);
	}
	*ret = found;
	return 0;
}

int store_index_text(
	const json_t *entries, const json_t *annotations, char **ret, struct error *err)
{
	auto_json json_t *index = json_pack(
		"{s:i, s:s, s:[]}", "schemaVersion", 2, "mediaType", OCI_TYPE_INDEX, "manifests");

	if (!index)
		return fail_memory(err);
	if (entries && json_object_set(index, "manifests", (json_t *)entries) < 0)
		return fail_memory(err);
	if (annotations && json_object_size(annotations) > 0 &&
		json_object_set(index, "annotations", (json_t *)annotations) < 0)
		return fail_memory(err);
	return json_write(index, ret, err);
}
