// SPDX-License-Identifier: Apache-2.0
/* An array of machines and one index over it. */
#include "provisioner/daemon/roster.h"

#include <stdlib.h>
#include <string.h>

int roster_init(struct roster *r, struct error *err)
{
	*r = (struct roster){ 0 };
	return index_init(&r->index, err);
}

static void free_member(struct member *x)
{
	sd_event_source_unref(x->retry);
	free(x);
}

void roster_done(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++)
		free_member(r->members[i]);
	free(r->members);
	index_done(&r->index);
	*r = (struct roster){ 0 };
}

/* The one that can best be spared: seen before pending, then the longest unchanged. Machines that
 * an operator approved never go by themselves. */
static struct member *spare(const struct roster *r, bool pending_too)
{
	struct member *oldest = NULL;

	for (size_t i = 0; i < r->count; i++) {
		struct member *x = r->members[i];

		if (x->m.state > (pending_too ? MACHINE_PENDING : MACHINE_SEEN))
			continue;
		if (!oldest || x->m.state < oldest->m.state ||
			(x->m.state == oldest->m.state && x->m.changed_ms < oldest->m.changed_ms))
			oldest = x;
	}
	return oldest;
}

static size_t count_seen(const struct roster *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += r->members[i]->m.state == MACHINE_SEEN;
	return n;
}

static int make_room(struct roster *r, const struct machine *m, roster_evict_fn evicted, void *arg,
	struct error *err)
{
	struct member *x = NULL;

	if (m->state == MACHINE_SEEN && r->count >= ROSTER_SEEN_MAX &&
		count_seen(r) >= ROSTER_SEEN_MAX)
		x = spare(r, false);
	else if (r->count >= CONFIG_MACHINES_MAX)
		x = spare(r, m->state != MACHINE_SEEN);
	else
		return 0;
	if (!x)
		return fail_code(err, ENOSPC, "SW-5006",
			"this appliance knows %d machines, which is the most it may; delete some first",
			CONFIG_MACHINES_MAX);
	evicted(x, arg);
	roster_remove(r, x);
	return 0;
}

static int append(struct roster *r, struct member *x, struct error *err)
{
	if (r->count == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		struct member **bigger = reallocarray(r->members, cap, sizeof(struct member *));

		if (!bigger)
			return fail_memory(err);
		r->members = bigger;
		r->cap = cap;
	}
	x->place = r->count;
	r->members[r->count++] = x;
	return 0;
}

int roster_add(struct roster *r, const struct machine *m, roster_evict_fn evicted, void *arg,
	struct member **ret, struct error *err)
{
	struct member *x;
	int result = make_room(r, m, evicted, arg, err);

	if (result < 0)
		return result;
	x = calloc(1, sizeof(*x));
	if (!x)
		return fail_memory(err);
	x->m = *m;
	if (append(r, x, err) < 0) {
		free(x);
		return err->number;
	}
	if (roster_index_keys(r, x, err) < 0) {
		roster_remove(r, x);
		return err->number;
	}
	*ret = x;
	return 0;
}

void roster_remove(struct roster *r, struct member *x)
{
	roster_forget_keys(r, x);
	r->members[x->place] = r->members[--r->count];
	r->members[x->place]->place = x->place;
	free_member(x);
}

void roster_forget_keys(struct roster *r, struct member *x)
{
	struct index *i = &r->index;
	const struct evidence *e = &x->m.evidence;

	index_remove(i, INDEX_ID, x->m.id, strlen(x->m.id), x);
	index_remove(i, INDEX_NAME, x->m.name, strlen(x->m.name), x);
	index_remove(i, INDEX_KEY, x->m.key, sizeof(x->m.key), x);
	index_remove(i, INDEX_TOKEN, x->m.token.bytes, sizeof(x->m.token.bytes), x);
	index_remove(i, INDEX_ADDRESS, x->m.address, strlen(x->m.address), x);
	index_remove(i, INDEX_MAC, &e->boot_mac, sizeof(e->boot_mac), x);
	for (size_t k = 0; k < e->macs_n; k++)
		index_remove(i, INDEX_MAC, &e->macs[k], sizeof(e->macs[k]), x);
}

static int index_evidence(struct roster *r, struct member *x, struct error *err)
{
	const struct evidence *e = &x->m.evidence;
	int result = 0;

	for (size_t k = 0; k < e->macs_n && result == 0; k++)
		result = index_put(&r->index, INDEX_MAC, &e->macs[k], sizeof(e->macs[k]), x, err);
	if (result == 0 && !mac_is_null(&e->boot_mac))
		result = index_put(&r->index, INDEX_MAC, &e->boot_mac, sizeof(e->boot_mac), x, err);
	return result;
}

int roster_index_keys(struct roster *r, struct member *x, struct error *err)
{
	struct index *i = &r->index;
	int result = index_put(i, INDEX_ID, x->m.id, strlen(x->m.id), x, err);

	if (result == 0)
		result = index_put(i, INDEX_NAME, x->m.name, strlen(x->m.name), x, err);
	if (result == 0 && x->m.has_key)
		result = index_put(i, INDEX_KEY, x->m.key, sizeof(x->m.key), x, err);
	if (result == 0 && x->m.has_token)
		result = index_put(
			i, INDEX_TOKEN, x->m.token.bytes, sizeof(x->m.token.bytes), x, err);
	if (result == 0 && x->m.address[0])
		result = index_put(i, INDEX_ADDRESS, x->m.address, strlen(x->m.address), x, err);
	return result == 0 ? index_evidence(r, x, err) : result;
}

struct member *roster_by_id(const struct roster *r, const char *id)
{
	return index_find(&r->index, INDEX_ID, id, strlen(id));
}

struct member *roster_by_name(const struct roster *r, const char *name)
{
	return index_find(&r->index, INDEX_NAME, name, strlen(name));
}

struct member *roster_by_key(const struct roster *r, const uint8_t key[static MACHINE_KEY_SIZE])
{
	return index_find(&r->index, INDEX_KEY, key, MACHINE_KEY_SIZE);
}

struct member *roster_by_token(const struct roster *r, const struct digest *token)
{
	return index_find(&r->index, INDEX_TOKEN, token->bytes, sizeof(token->bytes));
}

struct member *roster_by_mac(const struct roster *r, const struct mac *mac)
{
	return index_find(&r->index, INDEX_MAC, mac, sizeof(*mac));
}

struct member *roster_by_address(const struct roster *r, const char *address)
{
	return index_find(&r->index, INDEX_ADDRESS, address, strlen(address));
}

struct member *roster_by_reference(const struct roster *r, const char *text)
{
	struct member *found = roster_by_id(r, text);
	struct error ignored;
	struct mac mac;

	if (!found)
		found = roster_by_name(r, text);
	if (!found && mac_parse(text, &mac, &ignored) == 0)
		found = roster_by_mac(r, &mac);
	for (size_t i = 0; !found && text[0] && i < r->count; i++) {
		if (strcmp(r->members[i]->m.evidence.serial, text) != 0)
			continue;
		for (size_t k = i + 1; k < r->count; k++) {
			if (strcmp(r->members[k]->m.evidence.serial, text) == 0)
				return NULL;
		}
		found = r->members[i];
	}
	return found;
}
