// SPDX-License-Identifier: Apache-2.0
/* The paths one layer has made. */
#include <stdlib.h>

#include "images/path_set.h"

#define SIZE_FIRST  1024
#define MAX_DEFAULT (UINT64_C(8) << 20)

/* FNV-1a with a finishing mix; never 0. */
static uint64_t path_hash(const struct path_set *s, const char *path)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ s->seed;

	for (const char *p = path; *p; p++)
		h = (h ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	h *= UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 29;
	return h ? h : 1;
}

static uint64_t *slot_find(uint64_t *slots, size_t size, uint64_t hash)
{
	size_t i = hash & (size - 1);

	while (slots[i] && slots[i] != hash)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static int set_grow(struct path_set *s, struct error *err)
{
	size_t size = s->size ? 2 * s->size : SIZE_FIRST;
	uint64_t *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return fail_memory(err);
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i])
			*slot_find(slots, size, s->slots[i]) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->size = size;
	return 0;
}

int path_set_add(struct path_set *s, const char *path, struct error *err)
{
	uint64_t hash = path_hash(s, path), *slot;
	int r;

	if (s->used >= s->size / 2 && (r = set_grow(s, err)) < 0)
		return r;
	slot = slot_find(s->slots, s->size, hash);
	if (*slot)
		return 0;
	if (s->used >= (s->max ? s->max : MAX_DEFAULT))
		return fail_code(err, E2BIG, "SW-3011", "more than %zu entries", s->used);
	*slot = hash;
	s->used++;
	return 0;
}

bool path_set_has(const struct path_set *s, const char *path)
{
	return s->size > 0 && *slot_find(s->slots, s->size, path_hash(s, path)) != 0;
}

void path_set_done(struct path_set *s)
{
	free(s->slots);
	*s = (struct path_set){ 0 };
}
