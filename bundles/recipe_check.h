// SPDX-License-Identifier: Apache-2.0
/* The checks of a recipe's images, containers and files. For recipe.c. */
#pragma once

#include "bundles/recipe.h"

int recipe_check(const struct recipe *r, struct error *err);
