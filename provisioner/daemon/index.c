// SPDX-License-Identifier: Apache-2.0
/* Open addressing with linear probing; a removed slot keeps its place until the table grows. */
#include "provisioner/daemon/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ed25519.h"

#define FIRST_CAP 256

enum slot_use { SLOT_FREE, SLOT_REMOVED, SLOT_TAKEN };

struct index_slot {
	void *value;
	uint8_t use;  /* of enum slot_use */
	uint8_t kind; /* of enum index_kind */
	uint8_t n;
	uint8_t key[INDEX_KEY_MAX];
};

int index_init(struct index *x, struct error *err)
{
	*x = (struct index){ 0 };
	return random_bytes(&x->seed, sizeof(x->seed), err);
}

void index_done(struct index *x)
{
	free(x->slots);
	*x = (struct index){ 0 };
}

/* FNV-1a from a random start, with a last mix so that the low bits are good. */
static size_t hash(uint64_t seed, enum index_kind kind, const uint8_t *key, size_t n)
{
	uint64_t h = seed ^ 0xcbf29ce484222325u ^ (uint64_t)kind;

	for (size_t i = 0; i < n; i++)
		h = (h ^ key[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15u;
	return (size_t)(h ^ (h >> 29));
}

/* The slot of the key, else the first it may be put into. The table is never full. */
static struct index_slot *probe(
	const struct index *x, enum index_kind kind, const void *key, size_t n)
{
	size_t at = hash(x->seed, kind, key, n) & (x->cap - 1);
	struct index_slot *put = NULL;

	for (;; at = (at + 1) & (x->cap - 1)) {
		struct index_slot *s = &x->slots[at];

		if (s->use == SLOT_FREE)
			return put ? put : s;
		if (s->use == SLOT_REMOVED)
			put = put ? put : s;
		else if (s->kind == kind && s->n == n && memcmp(s->key, key, n) == 0)
			return s;
	}
}

static void fill(struct index_slot *s, enum index_kind kind, const void *key, size_t n, void *value)
{
	s->use = SLOT_TAKEN;
	s->kind = (uint8_t)kind;
	s->n = (uint8_t)n;
	memcpy(s->key, key, n);
	s->value = value;
}

/* A table with room: twice as large where it is half full of living keys, else only cleared up. */
static int grow(struct index *x, struct error *err)
{
	size_t living = 0;
	struct index bigger = *x;

	for (size_t i = 0; i < x->cap; i++)
		living += x->slots[i].use == SLOT_TAKEN;
	bigger.cap = x->cap == 0 ? FIRST_CAP : living * 2 >= x->cap ? x->cap * 2 : x->cap;
	bigger.used = living;
	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return fail_memory(err);
	for (size_t i = 0; i < x->cap; i++) {
		struct index_slot *s = &x->slots[i];

		if (s->use == SLOT_TAKEN)
			fill(probe(&bigger, (enum index_kind)s->kind, s->key, s->n),
				(enum index_kind)s->kind, s->key, s->n, s->value);
	}
	free(x->slots);
	*x = bigger;
	return 0;
}

int index_put(struct index *x, enum index_kind kind, const void *key, size_t n, void *value,
	struct error *err)
{
	struct index_slot *s;

	if (n > INDEX_KEY_MAX)
		return fail(err, EINVAL, "indexing a key of %zu bytes", n);
	if ((x->used + 1) * 4 > x->cap * 3 && grow(x, err) < 0)
		return err->number;
	s = probe(x, kind, key, n);
	if (s->use == SLOT_FREE)
		x->used++;
	fill(s, kind, key, n, value);
	return 0;
}

void *index_find(const struct index *x, enum index_kind kind, const void *key, size_t n)
{
	struct index_slot *s;

	if (x->cap == 0 || n > INDEX_KEY_MAX)
		return NULL;
	s = probe(x, kind, key, n);
	return s->use == SLOT_TAKEN ? s->value : NULL;
}

void index_remove(
	struct index *x, enum index_kind kind, const void *key, size_t n, const void *value)
{
	struct index_slot *s;

	if (x->cap == 0 || n > INDEX_KEY_MAX)
		return;
	s = probe(x, kind, key, n);
	if (s->use == SLOT_TAKEN && s->value == value)
		s->use = SLOT_REMOVED;
}
