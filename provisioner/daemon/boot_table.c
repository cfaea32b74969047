// SPDX-License-Identifier: Apache-2.0
/* A sorted array of MACs under a mutex: written once an install, read once a boot. */
#include "provisioner/daemon/boot_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct boot_table {
	pthread_mutex_t lock;
	struct mac *macs;
	size_t count;
	size_t cap;
};

int boot_table_new(struct boot_table **ret, struct error *err)
{
	struct boot_table *t = calloc(1, sizeof(*t));

	if (!t)
		return fail_memory(err);
	pthread_mutex_init(&t->lock, NULL);
	*ret = t;
	return 0;
}

void boot_table_free(struct boot_table *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t->macs);
	free(t);
}

/* The place of the first entry that is not below mac. */
static size_t lower_bound(const struct boot_table *t, const struct mac *mac)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(&t->macs[middle], mac, sizeof(*mac)) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool holds(const struct boot_table *t, size_t at, const struct mac *mac)
{
	return at < t->count && mac_equal(&t->macs[at], mac);
}

static int insert(struct boot_table *t, size_t at, const struct mac *mac, struct error *err)
{
	if (t->count == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		struct mac *bigger = reallocarray(t->macs, cap, sizeof(*bigger));

		if (!bigger)
			return fail_memory(err);
		t->macs = bigger;
		t->cap = cap;
	}
	memmove(&t->macs[at + 1], &t->macs[at], (t->count - at) * sizeof(*mac));
	t->macs[at] = *mac;
	t->count++;
	return 0;
}

static void erase(struct boot_table *t, size_t at)
{
	t->count--;
	memmove(&t->macs[at], &t->macs[at + 1], (t->count - at) * sizeof(t->macs[0]));
}

int boot_table_set_local(struct boot_table *t, const struct mac *mac, bool local, struct error *err)
{
	size_t at;
	int r = 0;

	pthread_mutex_lock(&t->lock);
	at = lower_bound(t, mac);
	if (local && !holds(t, at, mac))
		r = insert(t, at, mac, err);
	else if (!local && holds(t, at, mac))
		erase(t, at);
	pthread_mutex_unlock(&t->lock);
	return r;
}

bool boot_table_is_local(struct boot_table *t, const struct mac *mac)
{
	bool local;

	pthread_mutex_lock(&t->lock);
	local = holds(t, lower_bound(t, mac), mac);
	pthread_mutex_unlock(&t->lock);
	return local;
}
