// SPDX-License-Identifier: Apache-2.0
/* The checks of what a recipe lists. For recipe.c: recipe_image.c has OS images, recipe_check.c all
 * else. `what` names the place in errors. */
#pragma once

#include "bundles/recipe.h"

int recipe_check(const struct recipe *r, struct error *err);

/* What the two files share: one OS image, a file that must be readable, a SOURCE. */
int recipe_check_image(
	const struct recipe *r, const json_t *image, const char *what, struct error *err);
int recipe_check_file(
	const struct recipe *r, const char *what, const char *path, struct error *err);
int recipe_check_source(
	const struct recipe *r, const char *what, const char *source, struct error *err);
