// SPDX-License-Identifier: Apache-2.0
/* Chooses a network card. */
#include "provisioner/agent/link.h"

#include <string.h>

static struct link *find(struct links *l, int index)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].netif.index == index)
			return &l->at[i];
	return NULL;
}

static bool is_boot(const struct netif *n, const struct mac *boot_mac)
{
	return !mac_is_null(boot_mac) &&
	       (memcmp(n->mac, boot_mac->bytes, NETIF_MAC_SIZE) == 0 ||
		       memcmp(n->permanent_mac, boot_mac->bytes, NETIF_MAC_SIZE) == 0);
}

void links_update(struct links *l, const struct netif *list, size_t n, const struct mac *boot_mac)
{
	struct links fresh = { .since_ms = l->since_ms, .boot_known = !mac_is_null(boot_mac) };

	for (size_t i = 0; i < n && fresh.n < LINK_MAX; i++) {
		const struct link *known = find(l, list[i].index);
		struct link now = known ? *known : (struct link){ 0 };

		if (!list[i].ethernet || list[i].loopback)
			continue;
		if (now.netif.carrier != list[i].carrier) {
			now.failed = 0;
			now.pause_ms = now.rest_ms = 0;
		}
		now.netif = list[i];
		now.boot = is_boot(&list[i], boot_mac);
		fresh.at[fresh.n++] = now;
	}
	*l = fresh;
}

const struct link *links_boot(const struct links *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].boot)
			return &l->at[i];
	return NULL;
}

void link_rest(struct link *link, int64_t now_ms, uint32_t random)
{
	int64_t least_ms = LINK_REST_FIRST_MS;

	for (unsigned i = 0; i < link->failed && least_ms < LINK_REST_MOST_MS; i++)
		least_ms *= 2;
	if (least_ms > LINK_REST_MOST_MS * 4 / 5)
		least_ms = LINK_REST_MOST_MS * 4 / 5;
	link->failed++;
	link->pause_ms = least_ms + random % (least_ms / 4 + 1);
	link->rest_ms = now_ms + link->pause_ms;
}

const struct link *links_resting(const struct links *l)
{
	const struct link *first = NULL;

	for (size_t i = 0; i < l->n; i++) {
		const struct link *it = &l->at[i];

		if (it->netif.carrier && it->failed && (!first || it->rest_ms < first->rest_ms))
			first = it;
	}
	return first;
}

/* The others have their turn where there is no booted card, where its link has been down too long,
 * once it has asked for its time without an answer, or where it leads elsewhere. */
static bool others_allowed(const struct links *l, int64_t now_ms)
{
	const struct link *boot = links_boot(l);

	if (!boot)
		return !l->boot_known || now_ms - l->since_ms >= LINK_DRIVER_MS;
	return boot->astray || now_ms - l->since_ms >= LINK_PATIENCE_MS ||
	       (boot->tried_ms && now_ms - boot->tried_ms >= LINK_ATTEMPT_MS);
}

struct link *links_choose(struct links *l, int64_t now_ms)
{
	bool others = others_allowed(l, now_ms);
	struct link *best = NULL;

	for (size_t i = 0; i < l->n; i++) {
		struct link *it = &l->at[i];

		if (!it->netif.carrier || now_ms < it->rest_ms || (!it->boot && !others))
			continue;
		/* Whoever waited longest; the booted card first among equals. */
		if (!best || it->tried_ms < best->tried_ms ||
			(it->tried_ms == best->tried_ms && it->boot))
			best = it;
	}
	if (best)
		best->tried_ms = now_ms;
	return best;
}
