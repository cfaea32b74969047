// SPDX-License-Identifier: Apache-2.0
/* A recipe's additions to a root file system. */
#include "bundles/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/units.h"

static int item_order(const void *a, const void *b)
{
	const struct overlay_item *x = a;
	const struct overlay_item *y = b;

	return strcmp(x->path, y->path);
}

const struct overlay_item *overlay_find(const struct overlay *o, const char *path)
{
	const struct overlay_item key = { .path = (char *)path };

	return o->count ? bsearch(&key, o->items, o->count, sizeof(key), item_order) : NULL;
}

/* Takes the item in, at its place. Its strings are the overlay's from then on, also on failure. */
static int item_add(struct overlay *o, struct overlay_item *item, struct error *err)
{
	struct overlay_item *items = reallocarray(o->items, o->count + 1, sizeof(*items));

	if (!items || !item->path || (!item->content && !item->source && !item->target)) {
		o->items = items ? items : o->items;
		free(item->path);
		free(item->content);
		free(item->source);
		free(item->target);
		return fail_memory(err);
	}
	o->items = items;
	items[o->count++] = *item;
	qsort(items, o->count, sizeof(*items), item_order);
	return 0;
}

int overlay_link(struct overlay *o, const char *path, const char *target, struct error *err)
{
	const struct overlay_item *there = overlay_find(o, path);
	struct overlay_item item = { 0 };

	if (there && there->target && strcmp(there->target, target) == 0)
		return 0;
	if (there)
		return fail_code(
			err, EINVAL, "SW-6001", "'/%s' would be two different things", path);
	item.path = strdup(path);
	item.target = strdup(target);
	return item_add(o, &item, err);
}

static int file_add(struct overlay *o, const struct recipe *r, const json_t *file,
	const struct tree *tree, struct error *err)
{
	const char *source = json_str(file, "source", NULL);
	struct overlay_item item = { 0 };
	int e = recipe_mode(file, &item.mode, err);

	if (e < 0)
		return e;
	item.path = tree_resolve(tree, json_str(file, "path", "") + 1);
	if (item.path && overlay_find(o, item.path)) {
		free(item.path);
		return fail_code(err, EINVAL, "SW-6001", "the file '%s' is given twice",
			json_str(file, "path", ""));
	}
	if (source)
		item.source = recipe_path(r, source);
	else
		item.content = strdup(json_str(file, "content", ""));
	return item_add(o, &item, err);
}

int overlay_make(const struct recipe *r, const json_t *image, const struct tree *tree,
	struct overlay *ret, struct error *err)
{
	struct overlay o = { 0 };
	const json_t *file;
	size_t i;
	int e = 0;

	json_array_foreach (json_object_get(image, "files"), i, file)
		if (e == 0)
			e = file_add(&o, r, file, tree, err);
	if (e == 0)
		e = units_apply(json_object_get(image, "units"), tree, &o, err);
	if (e < 0) {
		overlay_done(&o);
		return e;
	}
	*ret = o;
	return 0;
}

void overlay_done(struct overlay *o)
{
	for (size_t i = 0; i < o->count; i++) {
		free(o->items[i].path);
		free(o->items[i].content);
		free(o->items[i].source);
		free(o->items[i].target);
	}
	free(o->items);
	*o = (struct overlay){ 0 };
}
