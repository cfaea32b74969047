// SPDX-License-Identifier: Apache-2.0
/*
 * A recipe: the YAML file that says what a bundle is made of. recipe.c tells its keys. Reading it
 * checks everything that can be known before the first child process runs: unknown keys, names,
 * files that are missing.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/statement.h"

struct recipe {
	char name[STATEMENT_NAME_MAX];
	uint64_t version;
	char *dir;    /* folder of the recipe: relative paths start there */
	json_t *json; /* as it was read; its shape is checked */
};

/* Reads a recipe. -EINVAL (SW-6001), or -ENOENT (SW-6002) for a file it names that is missing. */
int recipe_load(const char *path, struct recipe *ret, struct error *err);
void recipe_done(struct recipe *r);
#define auto_recipe __attribute__((cleanup(recipe_done))) struct recipe

/* A path of the recipe as one that can be opened. Caller frees; NULL without memory. */
char *recipe_path(const struct recipe *r, const char *path);

/* The architectures wanted of an item (platform.h): its own `arch`, else the recipe's. Borrowed;
 * NULL where neither says. */
const json_t *recipe_arch(const struct recipe *r, const json_t *item);

/* Permissions of a file of an image: "0644" where it says nothing. */
int recipe_mode(const json_t *file, uint32_t *ret, struct error *err);
/* The image's min_disk in bytes; 0: not said. */
int recipe_min_disk(const json_t *image, uint64_t *ret, struct error *err);
