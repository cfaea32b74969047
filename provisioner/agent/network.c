// SPDX-License-Identifier: Apache-2.0
/* A network that is found, and kept by a thread. */
#include "provisioner/agent/network.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/netif.h"
#include "provisioner/agent/reach.h"
#include "provisioner/agent/search.h"

#define AGAIN_MS 1000 /* before a search that the system refused is begun again */
#define DEAD_MS  5000 /* a link that is away for so long is given up; a switch may blink */
#define REACH_MS 4000 /* as long as the search gives the appliance */

struct network {
	struct search search;
	struct screen *screen; /* the thread tells it the address, and nothing else */
	pthread_t thread;
	bool running;
};

static int open_link_events(struct error *err)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	auto_close int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return fail(err, errno, "listening for network links");
	return take_fd(&fd);
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

/* What the thread watches over while the lease holds. */
struct keeping {
	int64_t dead_ms; /* when a link that is away is given up; 0: it is there */
	struct reach_watch reach;
};

static int wait_ms(const struct network *n, const struct keeping *k)
{
	int64_t end_ms = n->search.card.lease.next_ms, left_ms;

	if (k->dead_ms && k->dead_ms < end_ms)
		end_ms = k->dead_ms;
	if (k->reach.ask_ms < end_ms)
		end_ms = k->reach.ask_ms;
	left_ms = end_ms - monotonic_ms();
	return left_ms < 0 ? 0 : left_ms < 60000 ? (int)left_ms : 60000;
}

/* Why the card is of no use any more; NULL: it is. */
static const char *find_fault(const struct network *n, struct keeping *k)
{
	int64_t now_ms = monotonic_ms();
	bool answers;

	if (!has_carrier(n->search.card.index)) {
		if (!k->dead_ms)
			k->dead_ms = now_ms + DEAD_MS;
		return now_ms >= k->dead_ms ? "its link is gone" : NULL;
	}
	k->dead_ms = 0;
	if (now_ms < k->reach.ask_ms)
		return NULL;
	answers = reach_server(n->search.cmdline->server, REACH_MS);
	return reach_watch_told(&k->reach, monotonic_ms(), answers)
		       ? "the appliance does not answer there any more"
		       : NULL;
}

/* Keeps the lease until its address is lost, its link dead or the appliance gone: says which. NULL
 * where the thread shall end. */
static const char *keep_lease(struct network *n)
{
	struct pollfd fds[] = { { .fd = n->search.stop, .events = POLLIN },
		{ .fd = n->search.card.dhcp, .events = POLLIN },
		{ .fd = n->search.links, .events = POLLIN } };
	struct keeping k = { 0 };
	const char *fault = NULL;
	bool lost = false;

	reach_watch_start(&k.reach, monotonic_ms());
	while (!fault) {
		struct error err = { 0 }; /* tried again at the lease's next turn */

		(void)poll(fds, 3, wait_ms(n, &k));
		if (search_is_stopped(&n->search))
			return NULL;
		(void)card_turn(&n->search.card, &lost, &err);
		search_drain(&n->search);
		fault = lost ? "its lease is lost" : find_fault(n, &k);
	}
	return fault;
}

static void tell_address(const struct network *n)
{
	const struct card *card = &n->search.card;
	char address[INET_ADDRSTRLEN] = "", mac[MAC_TEXT_MAX];

	(void)inet_ntop(AF_INET, &card->address, address, sizeof(address));
	(void)mac_format((const struct mac *)card->lease.mac, mac);
	screen_address(n->screen, "%s on %s (%s)", address, card->name, mac);
}

/* A network that was lost is searched for on all cards alike. Its steps are not shown: the screen
 * is another thread's, and tells that the appliance does not answer. */
static void *keep_network(void *arg)
{
	static const struct mac any = { { 0 } };
	struct network *n = arg;
	struct screen nowhere = { .n_consoles = 0 };
	const char *fault;

	while ((fault = keep_lease(n))) {
		struct error err = { 0 };
		struct pollfd stop = { .fd = n->search.stop, .events = POLLIN };
		int r;

		screen_address(
			n->screen, "none; %s: %s. Every card is tried", n->search.card.name, fault);
		card_close(&n->search.card);
		while ((r = search_run(&n->search, &any, &nowhere, &err)) < 0)
			(void)poll(&stop, 1, AGAIN_MS); /* a system without memory may find some */
		if (r == SEARCH_FOUND)
			tell_address(n);
	}
	return NULL;
}

static int open_events(struct search *s, struct error *err)
{
	s->links = open_link_events(err);
	if (s->links < 0)
		return s->links;
	s->stop = eventfd(0, EFD_CLOEXEC);
	return s->stop < 0 ? fail(err, errno, "making an eventfd") : 0;
}

static int keep(struct network *n, struct error *err)
{
	int r = -pthread_create(&n->thread, NULL, keep_network, n);

	n->running = r == 0;
	return r < 0 ? fail(err, -r, "starting the thread that keeps the address") : 0;
}

int network_start(
	const struct cmdline *c, struct screen *s, struct network **ret, struct error *err)
{
	struct network *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return fail_memory(err);
	n->screen = s;
	n->search =
		(struct search){ .cmdline = c, .card = { .dhcp = -1 }, .links = -1, .stop = -1 };
	r = open_events(&n->search, err);
	if (r == 0)
		r = search_run(&n->search, &c->boot_mac, s, err);
	if (r == 0) {
		tell_address(n);
		screen_problem(s, "%s", "");
		r = keep(n, err);
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
	if (n->running && write(n->search.stop, &one, sizeof(one)) == sizeof(one))
		(void)pthread_join(n->thread, NULL); /* a thread of ours, joined once */
	cleanup_close(&n->search.card.dhcp);
	cleanup_close(&n->search.links);
	cleanup_close(&n->search.stop);
	free(n);
}
