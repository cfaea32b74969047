// SPDX-License-Identifier: Apache-2.0
/* Sizes of entries and kinds. */
#include "bundles/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/closure.h"

struct sum {
	json_t *own;  /* blobs of the entry: digest to size */
	json_t *kind; /* blobs of its kind */
	json_int_t bytes;
	json_int_t new_bytes; /* of those that are new in the kind */
};

static int blob_count(const struct oci_descriptor *d, void *arg, struct error *err)
{
	struct sum *sum = arg;
	char text[DIGEST_TEXT_MAX];

	(void)digest_format(&d->digest, text);
	if (json_object_get(sum->own, text))
		return 0;
	sum->bytes += (json_int_t)d->size;
	if (!json_object_get(sum->kind, text))
		sum->new_bytes += (json_int_t)d->size;
	return json_object_set_new(sum->own, text, json_true()) < 0 ||
			       json_object_set_new(sum->kind, text, json_true()) < 0
		       ? fail_memory(err)
		       : 0;
}

/* The object of a kind, {"kind", "entries", "bytes", "blobs"}, made where it is not there. */
static json_t *kind_of(json_t *kinds, const char *kind)
{
	json_t *item = json_object_get(kinds, kind);

	if (item)
		return item;
	item = json_pack("{s:s, s:i, s:i, s:{}}", "kind", kind, "entries", 0, "bytes", 0, "blobs");
	return json_object_set_new(kinds, kind, item) < 0 ? NULL : item;
}

static void add(json_t *item, const char *key, json_int_t more)
{
	json_integer_set(json_object_get(item, key), json_int(item, key, 0) + more);
}

static int entry_sum(struct store *s, const struct store_entry *e, json_t *kinds, json_t *sizes,
	struct error *err)
{
	json_t *kind = kind_of(kinds, e->kind);
	auto_json json_t *own = json_object();
	struct sum sum = { .own = own, .kind = json_object_get(kind, "blobs") };
	int r = kind && own ? closure_walk(s, &e->descriptor, blob_count, &sum, err)
			    : fail_memory(err);

	if (r < 0)
		return r;
	add(kind, "entries", 1);
	add(kind, "bytes", sum.new_bytes);
	return json_array_append_new(sizes, json_pack("{s:s, s:s, s:I}", "name", e->name, "kind",
						    e->kind, "bytes", sum.bytes)) < 0
		       ? fail_memory(err)
		       : 0;
}

static int size_order(const void *a, const void *b)
{
	json_int_t x = json_int(*(json_t *const *)a, "bytes", 0);
	json_int_t y = json_int(*(json_t *const *)b, "bytes", 0);

	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(json_str(*(json_t *const *)a, "name", ""),
		json_str(*(json_t *const *)b, "name", ""));
}

static json_t *largest(const json_t *sizes)
{
	size_t n = json_array_size(sizes);
	auto_free json_t **items = calloc(n + 1, sizeof(json_t *));
	json_t *list = json_array();

	for (size_t i = 0; items && i < n; i++)
		items[i] = json_array_get(sizes, i);
	if (items)
		qsort(items, n, sizeof(json_t *), size_order);
	for (size_t i = 0; items && i < n && i < SUMMARY_LARGEST; i++)
		(void)json_array_append(list, items[i]); /* without memory the list is short */
	return list;
}

static int kinds_end(json_t *kinds, const json_t *sizes, json_t **ret, struct error *err)
{
	json_t *list = json_array();
	json_int_t saved = 0;
	const char *name;
	const json_t *item;
	json_t *kind;
	size_t i;

	json_array_foreach (sizes, i, item)
		saved += json_int(item, "bytes", 0);
	json_object_foreach (kinds, name, kind) {
		saved -= json_int(kind, "bytes", 0);
		(void)json_object_del(kind, "blobs"); /* it is there */
		(void)json_array_append(list, kind);  /* as above */
	}
	*ret = json_pack(
		"{s:o, s:o, s:I}", "largest", largest(sizes), "kinds", list, "shared_bytes", saved);
	return *ret ? 0 : fail_memory(err);
}

int summary_make(struct store *s, json_t **ret, struct error *err)
{
	auto_json json_t *kinds = json_object();
	auto_json json_t *sizes = json_array();
	const struct store_entry *entries;
	size_t count;
	int r = kinds && sizes ? store_list(s, &entries, &count, err) : fail_memory(err);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = entry_sum(s, &entries[i], kinds, sizes, err);
	return r < 0 ? r : kinds_end(kinds, sizes, ret, err);
}
