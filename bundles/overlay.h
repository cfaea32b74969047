// SPDX-License-Identifier: Apache-2.0
/* What a recipe puts onto a root file system: files, links, and the folders they need. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/recipe.h"
#include "bundles/tree.h"

struct overlay_item {
	char *path;    /* in the image, without a slash in front */
	uint32_t mode; /* permissions of a file */
	/* Exactly one of these three. */
	char *content;
	char *source; /* file on this machine whose bytes it has */
	char *target; /* of a symbolic link */
};

struct overlay {
	struct overlay_item *items; /* sorted by path */
	size_t count;
};

/* What the recipe's image adds to a tree: its files, then the links of its units. */
int overlay_make(const struct recipe *r, const json_t *image, const struct tree *tree,
	struct overlay *ret, struct error *err);
void overlay_done(struct overlay *o);
#define auto_overlay __attribute__((cleanup(overlay_done))) struct overlay

/* The item of a path, or NULL. */
const struct overlay_item *overlay_find(const struct overlay *o, const char *path);

/* Adds a symbolic link; one that is there with the same target is fine. */
int overlay_link(struct overlay *o, const char *path, const char *target, struct error *err);
