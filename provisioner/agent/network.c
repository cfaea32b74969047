// SPDX-License-Identifier: Apache-2.0
/* From no network to an address. */
#include "provisioner/agent/network.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/netif.h"
#include "provisioner/agent/card.h"
#include "provisioner/agent/link.h"
#include "provisioner/agent/reach.h"

#define TICK_MS  1000 /* the screen's clock */
#define LINK_MS  6000 /* a link that needs no longer is not worth a word */
#define REACH_MS 4000 /* two packets may be lost (RFC 6298: they are sent again after 1 and 3 s)   \
		       */
#define DEAD_MS 5000  /* a link that is away for so long is given up; a switch may blink */

enum { BOUND, STOPPED, SILENT }; /* how a search or an attempt ends, besides errors */

struct network {
	const struct cmdline *cmdline;
	struct card card; /* the one in use */
	int links;        /* rtnetlink: wakes us where a link changes */
	int stop;         /* eventfd: the thread shall end */
	pthread_t thread;
	bool running;
};

/* Its messages only say that it is worth to look again. */
static int open_link_events(struct error *err)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	auto_close int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return fail(err, errno, "listening for network links");
	return take_fd(&fd);
}

static void drain(int fd)
{
	char room[8192];

	while (recv(fd, room, sizeof(room), 0) > 0)
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

static void tell_wait(struct screen *s, const struct links *links)
{
	const struct link *boot = links_boot(links);
	char mac[MAC_TEXT_MAX], text[SCREEN_TEXT_MAX];

	if (monotonic_ms() - links->since_ms < LINK_MS) {
		screen_state(s, NULL, "bringing the network up");
		return;
	}
	if (links->n == 0) {
		screen_state(s, "a network card whose driver is in this image", "no network card");
		return;
	}
	if (!boot) {
		screen_state(s, "a cable in any network card", "no link");
		return;
	}
	(void)mac_format((const struct mac *)boot->netif.mac, mac);
	(void)snprintf(text, sizeof(text),
		"the link of %s (%s); behind some switches it takes 30 to 70 s", boot->netif.name,
		mac);
	screen_state(s, text, "no link");
}

static int64_t until(int64_t end_ms)
{
	int64_t left_ms = end_ms - monotonic_ms();

	return left_ms < 0 ? 0 : left_ms < TICK_MS ? left_ms : TICK_MS;
}

static bool is_stopped(const struct network *n)
{
	struct pollfd fd = { .fd = n->stop, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

/* Asks on one card for as long as an attempt lasts. */
static int try_lease(struct network *n, struct screen *s, struct error *err)
{
	int64_t end_ms = monotonic_ms() + LINK_ATTEMPT_MS;
	struct pollfd fd = { .fd = n->card.dhcp, .events = POLLIN };

	while (monotonic_ms() < end_ms) {
		bool lost;
		int r = card_turn(&n->card, &lost, err);

		if (r < 0 || n->card.lease.state == LEASE_BOUND)
			return r < 0 ? r : BOUND;
		if (is_stopped(n))
			return STOPPED;
		screen_tick(s);
		(void)poll(&fd, 1, (int)until(n->card.lease.next_ms)); /* else the deadline tells */
	}
	return SILENT;
}

/* One card's turn: an address, on a network where the appliance answers. */
static int try_card(struct network *n, struct link *link, struct screen *s, struct error *err)
{
	char mac[MAC_TEXT_MAX];
	int r = card_open(&n->card, link, err);

	(void)mac_format((const struct mac *)link->netif.mac, mac);
	screen_state(s, "an answer from a DHCP server", "asking for an address on %s (%s)",
		link->netif.name, mac);
	if (r == 0)
		r = try_lease(n, s, err);
	if (r == SILENT)
		screen_problem(s, "no DHCP server answers on %s", link->netif.name);
	if (r != BOUND)
		return r;
	link->astray = !reach_server(n->cmdline->server, REACH_MS);
	if (link->astray)
		screen_problem(s, "the appliance (%s) does not answer on the network of %s",
			n->cmdline->server, link->netif.name);
	return link->astray ? SILENT : BOUND;
}

/* What is to be done next about the links: NULL where one is waited for. */
static struct link *next_link(struct network *n, struct links *links, struct screen *s)
{
	struct pollfd fd = { .fd = n->links, .events = POLLIN };
	struct link *link = links_choose(links, monotonic_ms());

	if (!link) {
		tell_wait(s, links);
		screen_tick(s);
		(void)poll(&fd, 1, TICK_MS); /* woken or not, it looks again */
		drain(n->links);
	}
	return link;
}

static int search(
	struct network *n, const struct mac *boot_mac, struct screen *s, struct error *err)
{
	struct links links = { .since_ms = monotonic_ms() };
	struct pollfd fd = { .fd = n->links, .events = POLLIN };

	while (!is_stopped(n)) {
		struct link *link;
		int r = look_at_links(&links, boot_mac, err);

		if (r < 0)
			return r;
		link = next_link(n, &links, s);
		if (!link)
			continue;
		r = try_card(n, link, s, err);
		if (r == BOUND)
			return r;
		card_close(&n->card);
		if (r < 0)
			screen_problem(s, "%s: %s", link->netif.name, err->text);
		if (r < 0 || link->astray)
			(void)poll(
				&fd, 1, TICK_MS); /* what ends at once is not tried at once again */
	}
	return STOPPED;
}

static bool has_carrier(int index)
{
	auto_free struct netif *list = NULL;
	struct error err = { 0 }; /* not known is not dead */
	size_t n;

	if (netif_list(&list, &n, &err) < 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (list[i].index == index)
			return list[i].carrier;
	return false;
}

static int wait_ms(const struct network *n, int64_t dead_ms)
{
	int64_t end_ms = n->card.lease.next_ms, left_ms;

	if (dead_ms && dead_ms < end_ms)
		end_ms = dead_ms;
	left_ms = end_ms - monotonic_ms();
	return left_ms < 0 ? 0 : left_ms < 60000 ? (int)left_ms : 60000;
}

/* Keeps the lease until its address is lost or its link dead; true where the thread shall end. */
static bool keep_lease(struct network *n)
{
	struct pollfd fds[] = { { .fd = n->stop, .events = POLLIN },
		{ .fd = n->card.dhcp, .events = POLLIN }, { .fd = n->links, .events = POLLIN } };
	int64_t dead_ms = 0; /* when a link that is away is given up; 0: it is there */
	bool lost = false;

	while (!lost && !(dead_ms && monotonic_ms() >= dead_ms)) {
		struct error err = { 0 }; /* tried again at the lease's next turn */

		(void)poll(fds, 3, wait_ms(n, dead_ms));
		if (is_stopped(n))
			return true;
		(void)card_turn(&n->card, &lost, &err);
		drain(n->links);
		if (has_carrier(n->card.index))
			dead_ms = 0;
		else if (!dead_ms)
			dead_ms = monotonic_ms() + DEAD_MS;
	}
	return false;
}

/* A network that was lost is searched for on all cards alike, without a word: the screen is
 * another thread's, and tells that the appliance does not answer. */
static void *keep_network(void *arg)
{
	static const struct mac any = { { 0 } };
	struct network *n = arg;
	struct screen nowhere = { .n_consoles = 0 };

	while (!keep_lease(n)) {
		struct error err = { 0 };
		struct pollfd stop = { .fd = n->stop, .events = POLLIN };

		card_close(&n->card);
		while (search(n, &any, &nowhere, &err) < 0)
			(void)poll(&stop, 1, TICK_MS); /* a system without memory may find some */
	}
	return NULL;
}

static void tell_address(const struct network *n, struct screen *s)
{
	char address[INET_ADDRSTRLEN] = "", mac[MAC_TEXT_MAX];

	(void)inet_ntop(AF_INET, &n->card.address, address, sizeof(address));
	(void)mac_format((const struct mac *)n->card.lease.mac, mac);
	(void)snprintf(s->view.address, sizeof(s->view.address), "%s on %s (%s)", address,
		n->card.name, mac);
	screen_problem(s, "%s", "");
}

int network_start(
	const struct cmdline *c, struct screen *s, struct network **ret, struct error *err)
{
	struct network *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return fail_memory(err);
	n->cmdline = c;
	n->card.dhcp = n->links = n->stop = -1;
	r = n->links = open_link_events(err);
	if (r >= 0) {
		n->stop = eventfd(0, EFD_CLOEXEC);
		r = n->stop < 0 ? fail(err, errno, "making an eventfd") : 0;
	}
	if (r == 0)
		r = search(n, &c->boot_mac, s, err);
	if (r == 0) {
		tell_address(n, s);
		r = -pthread_create(&n->thread, NULL, keep_network, n);
		n->running = r == 0;
		if (r < 0)
			(void)fail(err, -r, "starting the thread that keeps the address");
	}
	if (r < 0) {
		network_stop(n);
		return r;
	}
	*ret = n;
	return 0;
}

void network_stop(struct network *n)
{
	const uint64_t one = 1;

	if (!n)
		return;
	if (n->running && write(n->stop, &one, sizeof(one)) == sizeof(one))
		(void)pthread_join(n->thread, NULL); /* a thread of ours, joined once */
	cleanup_close(&n->card.dhcp);
	cleanup_close(&n->links);
	cleanup_close(&n->stop);
	free(n);
}
