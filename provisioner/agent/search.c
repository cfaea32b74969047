// SPDX-License-Identifier: Apache-2.0
/* From no network to an address. */
#include "provisioner/agent/search.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ed25519.h"
#include "base/netif.h"
#include "provisioner/agent/link.h"
#include "provisioner/agent/reach.h"

#define TICK_MS 1000 /* the screen's clock */
#define LINK_MS 6000 /* a link that needs no longer is not worth a word */
#define REACH_MS                                                                                   \
	4000 /* two packets may be lost: they are sent again after 1 and 3 s (RFC 6298)            \
	      */

#define SILENT 2 /* of an attempt only: nobody answered; else as enum search_end */

struct hunt {
	struct search *s;
	struct screen *screen;
	struct links links;
};

bool search_is_stopped(const struct search *s)
{
	struct pollfd fd = { .fd = s->stop, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

void search_drain(const struct search *s)
{
	char room[8192];

	while (recv(s->links, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
}

static int look_at_links(struct links *links, const struct mac *boot_mac, struct error *err)
{
	auto_free struct netif *list = NULL;
	size_t n;
	int r = netif_list(&list, &n, err);

	if (r < 0)
		return r;
	links_update(links, list, n, boot_mac);
	for (size_t i = 0; i < links->n; i++) {
		struct error ignored = { 0 }; /* a card that refuses to come up is passed over */

		if (!links->at[i].netif.up)
			(void)netif_set_up(links->at[i].netif.index, &ignored);
	}
	return 0;
}

/* -- what is said -- */

struct card_text {
	char s[IF_NAMESIZE + MAC_TEXT_MAX + 4];
};

/* "eth0 (52:54:...)" */
static struct card_text card_text(const struct link *link)
{
	struct card_text t;
	char mac[MAC_TEXT_MAX];

	(void)mac_format((const struct mac *)link->netif.mac, mac);
	(void)snprintf(t.s, sizeof(t.s), "%s (%s)", link->netif.name, mac);
	return t;
}

/* A card that rests, since nobody answered it. */
static void tell_rest(const struct hunt *h, const struct link *link)
{
	char text[SCREEN_TEXT_MAX], pause[TIME_TEXT_MAX];
	struct screen_wait w = { .waits_for = text, .since_ms = h->links.since_ms };

	(void)duration_format(link->pause_ms, pause);
	if (link->astray) {
		(void)snprintf(text, sizeof(text),
			"the appliance (%s) on the network of %s; the next try is %s after the last",
			h->s->cmdline->server, card_text(link).s, pause);
		w.usual = "an answer within a second";
		w.check = "that slipwayd runs there, firewalls before that port, this card's VLAN";
	} else {
		(void)snprintf(text, sizeof(text),
			"a DHCP server on the network of %s; the next try is %s after the last",
			card_text(link).s, pause);
		w.usual = "an address within 4 s";
		w.check = "that the appliance is up (slipway status), this card's cable and VLAN";
	}
	screen_wait(h->screen, &w, "no network yet");
}

static void tell_no_link(const struct hunt *h)
{
	const struct link *boot = links_boot(&h->links);
	char text[SCREEN_TEXT_MAX];
	struct screen_wait w = { .waits_for = text, .since_ms = h->links.since_ms };

	if (h->links.n == 0) {
		w.waits_for = "a network card whose driver is in this image";
		screen_wait(h->screen, &w, "no network card");
		return;
	}
	w.usual = "a few seconds; behind some switches 30 to 70 s";
	w.check = "cable, and the switch's port";
	(void)snprintf(text, sizeof(text), "%s%s",
		boot ? "the link of " : "a cable in any network card",
		boot ? card_text(boot).s : "");
	screen_wait(h->screen, &w, "no link");
}

static void tell_wait(const struct hunt *h)
{
	const struct link *resting = links_resting(&h->links);

	if (resting)
		tell_rest(h, resting);
	else if (monotonic_ms() - h->links.since_ms < LINK_MS)
		screen_state(h->screen, NULL, "bringing the network up");
	else
		tell_no_link(h);
}

/* -- attempts -- */

static int64_t until(int64_t end_ms)
{
	int64_t left_ms = end_ms - monotonic_ms();

	return left_ms < 0 ? 0 : left_ms < TICK_MS ? left_ms : TICK_MS;
}

/* Asks on one card for as long as an attempt lasts. */
static int try_lease(struct hunt *h, struct error *err)
{
	int64_t end_ms = monotonic_ms() + LINK_ATTEMPT_MS;
	struct card *card = &h->s->card;
	struct pollfd fd = { .fd = card->dhcp, .events = POLLIN };

	while (monotonic_ms() < end_ms) {
		bool lost;
		int r = card_turn(card, &lost, err);

		if (r < 0 || card->lease.state == LEASE_BOUND)
			return r < 0 ? r : SEARCH_FOUND;
		if (search_is_stopped(h->s))
			return SEARCH_STOPPED;
		screen_tick(h->screen);
		(void)poll(&fd, 1, (int)until(card->lease.next_ms)); /* else the deadline tells */
	}
	return SILENT;
}

/* One card's turn: an address, on a network where the appliance answers. */
static int try_card(struct hunt *h, struct link *link, struct error *err)
{
	const struct screen_wait wait = { .waits_for = "an answer from a DHCP server",
		.usual = "an address within 4 s",
		.since_ms = h->links.since_ms };
	const char *server = h->s->cmdline->server;
	int r = card_open(&h->s->card, link, err);

	screen_wait(h->screen, &wait, "asking for an address on %s", card_text(link).s);
	if (r == 0)
		r = try_lease(h, err);
	if (r == SILENT)
		screen_problem(h->screen, "no DHCP server answers on %s", link->netif.name);
	if (r != SEARCH_FOUND)
		return r;
	link->astray = !reach_server(server, REACH_MS);
	if (link->astray)
		screen_problem(h->screen, "the appliance (%s) does not answer on the network of %s",
			server, link->netif.name);
	return link->astray ? SILENT : SEARCH_FOUND;
}

/* What is to be done next about the links: NULL where one is waited for. */
static struct link *next_link(struct hunt *h)
{
	struct pollfd fds[] = { { .fd = h->s->links, .events = POLLIN },
		{ .fd = h->s->stop, .events = POLLIN } };
	struct link *link = links_choose(&h->links, monotonic_ms());

	if (!link) {
		tell_wait(h);
		screen_tick(h->screen);
		(void)poll(fds, 2, TICK_MS); /* woken or not, it looks again */
		search_drain(h->s);
	}
	return link;
}

/* A card that led nowhere; each machine of a rack rests for a time of its own. */
static void let_rest(struct hunt *h, struct link *link)
{
	struct error ignored = { 0 };
	uint32_t random = 0;

	card_close(&h->s->card);
	(void)random_bytes(&random, sizeof(random), &ignored); /* without it all rest alike */
	link_rest(link, monotonic_ms(), random);
}

int search_run(
	struct search *s, const struct mac *boot_mac, struct screen *screen, struct error *err)
{
	struct hunt h = { .s = s, .screen = screen, .links = { .since_ms = monotonic_ms() } };

	while (!search_is_stopped(s)) {
		struct link *link;
		int r = look_at_links(&h.links, boot_mac, err);

		if (r < 0)
			return r;
		link = next_link(&h);
		if (!link)
			continue;
		r = try_card(&h, link, err);
		if (r == SEARCH_FOUND)
			return r;
		if (r < 0)
			screen_problem(screen, "%s: %s", link->netif.name, err->text);
		let_rest(&h, link);
	}
	return SEARCH_STOPPED;
}
