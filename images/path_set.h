// SPDX-License-Identifier: Apache-2.0
/*
 * The paths one layer has made, as 64-bit hashes: 8 to 16 bytes a path, whatever its length. Two
 * paths with one hash (seeded, so not to be sought) would at worst keep a lower layer's file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct path_set {
	uint64_t *slots; /* open addressing; 0: empty */
	size_t used;
	size_t size; /* power of two; 0: nothing allocated */
	size_t max;  /* most paths; 0: 8 million */
	uint64_t seed;
};

/* -E2BIG past max. */
int path_set_add(struct path_set *s, const char *path, struct error *err);
bool path_set_has(const struct path_set *s, const char *path);
void path_set_done(struct path_set *s);
