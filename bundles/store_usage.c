// SPDX-License-Identifier: Apache-2.0
/* Groups of entries are walked one after the other; a blob that a second group meets is shared. */
#include "bundles/store_usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/store_census.h"
#include "bundles/store_impl.h"

#define SHARED UINT32_MAX

struct usage {
	struct store *store;
	struct store_census census;
	enum store_usage_by by;
	uint32_t group; /* number of the one that is walked, from 1 */
	size_t blobs;   /* that it has met */
	uint64_t bytes;
};

static const char *group_key(enum store_usage_by by, const struct store_entry *e)
{
	switch (by) {
	case STORE_USAGE_BY_BUNDLE:
		return e->bundle;
	case STORE_USAGE_BY_NAME:
		return e->name;
	case STORE_USAGE_BY_KIND:
		return e->kind;
	}
	return "";
}

static int blob_count(enum store_met met, const struct oci_descriptor *d, struct store_blob *b,
	void *arg, struct error *err)
{
	struct usage *u = arg;

	(void)d;
	(void)err;
	if (met != STORE_MET_BLOB)
		return 0;
	u->blobs++;
	u->bytes += b->size;
	b->owner = b->owner == 0 || b->owner == u->group ? u->group : SHARED;
	return 0;
}

static json_t *item_of(const struct usage *u, const struct store_entry *first, size_t names)
{
	struct store_bundle record = { 0 };
	struct error ignored = { 0 };
	char digest[DIGEST_TEXT_MAX];
	bool one = u->by == STORE_USAGE_BY_NAME;

	if (first->bundle[0] && u->by != STORE_USAGE_BY_KIND)
		(void)store_find_bundle(u->store, first->bundle, &record, &ignored); /* or 0 */
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I}", "name",
		group_key(u->by, first), "bundle",
		u->by == STORE_USAGE_BY_KIND ? "" : first->bundle, "kind",
		u->by == STORE_USAGE_BY_BUNDLE ? "" : first->kind, "version",
		(json_int_t)record.version, "digest",
		one ? digest_format(&first->descriptor.digest, digest) : "", "names",
		(json_int_t)names, "blobs", (json_int_t)u->blobs, "bytes", (json_int_t)u->bytes);
}

/* Walks one group: all entries with the key of `first`. */
static int group_walk(struct usage *u, const struct store_entry *const *first, size_t names,
	json_t *items, struct error *err)
{
	const struct store_walk w = { u->store, &u->census, ++u->group, blob_count, u };
	json_t *item;

	u->blobs = 0;
	u->bytes = 0;
	for (size_t i = 0; i < names; i++)
		if (store_walk(&w, &first[i]->descriptor, err) < 0)
			return err->number;
	item = item_of(u, first[0], names);
	return json_array_append_new(items, item) < 0 ? fail_memory(err) : 0;
}

static int by_bundle(const void *a, const void *b)
{
	return strcmp((*(const struct store_entry *const *)a)->bundle,
		(*(const struct store_entry *const *)b)->bundle);
}

static int by_kind(const void *a, const void *b)
{
	return strcmp((*(const struct store_entry *const *)a)->kind,
		(*(const struct store_entry *const *)b)->kind);
}

static int groups_walk(struct usage *u, json_t *items, struct error *err)
{
	const struct store_entry *entries;
	auto_free const struct store_entry **sorted = NULL;
	size_t count;
	size_t n;

	if (store_list(u->store, &entries, &count, err) < 0)
		return err->number;
	sorted = calloc(count + 1, sizeof(*sorted));
	if (!sorted)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &entries[i];
	if (u->by != STORE_USAGE_BY_NAME)
		qsort(sorted, count, sizeof(*sorted),
			u->by == STORE_USAGE_BY_BUNDLE ? by_bundle : by_kind);
	for (size_t i = 0; i < count; i += n) {
		const char *key = group_key(u->by, sorted[i]);

		for (n = 1; i + n < count && strcmp(group_key(u->by, sorted[i + n]), key) == 0; n++)
			;
		if (group_walk(u, &sorted[i], n, items, err) < 0)
			return err->number;
	}
	return 0;
}

/* What each group has for itself, and what none has. */
static int sums_set(struct usage *u, json_t *value, json_t *items, struct error *err)
{
	auto_free uint64_t *own = calloc(u->group + 2, sizeof(*own));
	uint64_t unreferenced = 0;
	json_t *item;
	size_t i;

	if (!own)
		return fail_memory(err);
	for (i = 0; i < u->census.count; i++) {
		const struct store_blob *b = &u->census.blobs[i];

		if (b->owner == 0)
			unreferenced += b->size;
		else if (b->owner != SHARED)
			own[b->owner] += b->size;
	}
	json_array_foreach (items, i, item)
		if (json_object_set_new(item, "own_bytes", json_integer((json_int_t)own[i + 1])) <
			0)
			return fail_memory(err);
	if (json_object_set_new(value, "held_bytes", json_integer((json_int_t)own[u->group])) < 0 ||
		json_object_set_new(
			value, "unreferenced_bytes", json_integer((json_int_t)unreferenced)) < 0)
		return fail_memory(err);
	return 0;
}

static int blob_hold(enum store_met met, const struct oci_descriptor *d, struct store_blob *b,
	void *arg, struct error *err)
{
	const struct usage *u = arg;

	(void)d;
	(void)err;
	if (met == STORE_MET_BLOB && b->owner == 0)
		b->owner = u->group;
	return 0;
}

/* What no name needs, but an entry without one, makes a group of its own after all others. */
static int held_walk(struct usage *u, struct error *err)
{
	const struct store_walk w = { u->store, &u->census, ++u->group, blob_hold, u };

	return store_walk_all(&w, true, err);
}

static int usage_steps(struct usage *u, json_t **ret, struct error *err)
{
	auto_json json_t *value = NULL;
	json_t *items = json_array();
	uint64_t room = 0;
	int r = store_census_take(u->store, &u->census, err);

	if (r == 0)
		r = store_free_space(u->store, &room, err);
	value = json_pack("{s:s, s:I, s:I, s:I, s:o}", "path", u->store->path, "blobs",
		(json_int_t)u->census.count, "bytes", (json_int_t)u->census.bytes, "free_bytes",
		(json_int_t)room, "items", items);
	if (r == 0 && !value)
		r = fail_memory(err);
	if (r == 0)
		r = groups_walk(u, items, err);
	if (r == 0)
		r = held_walk(u, err);
	if (r == 0)
		r = sums_set(u, value, items, err);
	if (r == 0)
		*ret = take_ptr(&value);
	return r;
}

int store_usage(struct store *s, enum store_usage_by by, json_t **ret, struct error *err)
{
	struct usage u = { .store = s, .by = by };
	int r = usage_steps(&u, ret, err);

	store_census_done(&u.census);
	return r;
}

static int size_check(enum store_met met, const struct oci_descriptor *d, struct store_blob *b,
	void *arg, struct error *err)
{
	(void)arg;
	(void)err;
	if (met == STORE_MET_BLOB)
		b->owner = b->size == d->size ? 1 : SHARED;
	return 0;
}

int store_export_list(struct store *s, json_t **ret, struct error *err)
{
	auto_census c = { 0 };
	auto_json json_t *list = json_array();
	const struct store_walk w = { s, &c, 1, size_check, NULL };
	char text[DIGEST_TEXT_MAX];
	int r = store_census_take(s, &c, err);

	if (r == 0)
		r = store_index_refresh(s, err);
	if (r == 0)
		r = store_walk_all(&w, false, err);
	for (size_t i = 0; r == 0 && i < c.count; i++)
		if (c.blobs[i].owner == 1 &&
			json_array_append_new(
				list, json_string(digest_format(&c.blobs[i].digest, text))) < 0)
			r = fail_memory(err);
	if (r == 0)
		*ret = take_ptr(&list);
	return r;
}
