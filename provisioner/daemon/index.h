// SPDX-License-Identifier: Apache-2.0
/*
 * A hash table from short byte strings to machines, for everything a machine is found by: id, name,
 * key, token, MAC, address. Keys of strangers go in, so the hash is seeded at random.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define INDEX_KEY_MAX 64

enum index_kind {
	INDEX_ID,
	INDEX_NAME,
	INDEX_KEY,
	INDEX_TOKEN,
	INDEX_MAC,
	INDEX_ADDRESS,
};

struct index_slot;
struct index {
	struct index_slot *slots;
	size_t cap;  /* a power of two, or 0 */
	size_t used; /* slots taken, removed ones included */
	uint64_t seed;
};

int index_init(struct index *x, struct error *err);
void index_done(struct index *x);

/* Puts or replaces. n is at most INDEX_KEY_MAX. */
int index_put(struct index *x, enum index_kind kind, const void *key, size_t n, void *value,
	struct error *err);
/* Borrowed, or NULL. */
void *index_find(const struct index *x, enum index_kind kind, const void *key, size_t n);
/* Removes the key where it leads to `value` (another machine may have taken it over). */
void index_remove(
	struct index *x, enum index_kind kind, const void *key, size_t n, const void *value);
