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
#include "base/dhcp_socket.h"
#include "base/ed25519.h"
#include "base/netif.h"
#include "provisioner/agent/lease.h"
#include "provisioner/agent/link.h"

#define TICK_MS 1000 /* the screen's clock */
#define LINK_MS 2000 /* a link that needs no longer is not worth a word */

struct network {
	struct lease lease;
	char name[IF_NAMESIZE];
	int index; /* of the interface in use */
	int dhcp;  /* the client's socket; -1: none */
	int links; /* rtnetlink: wakes us where a link changes */
	int stop;  /* eventfd: the thread shall end */
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

static int configure(struct network *n, struct error *err)
{
	const struct dhcp_reply *ack = &n->lease.offer;
	int r = netif_add_address(
		n->index, ack->address, ack->prefix ? ack->prefix : 24, ack->lease_s, err);

	if (r == 0 && ack->routers.n > 0)
		r = netif_set_default_route(n->index, ack->routers.at[0], err);
	return r;
}

/* One turn of the lease: takes what has come, does what is due. */
static int turn_lease(struct network *n, struct error *err)
{
	struct dhcp_reply reply;
	struct dhcp_request request;
	unsigned wishes;
	bool more;

	do {
		struct error unsent = { 0 }; /* a lost DISCOVER is sent again */

		more = dhcp_socket_receive(n->dhcp, &reply, err) > 0;
		wishes = lease_step(&n->lease, monotonic_ms(), more ? &reply : NULL, &request);
		if (wishes & LEASE_SEND)
			(void)dhcp_socket_send(n->dhcp, n->index, &request, &unsent);
		if (wishes & LEASE_CONFIGURE && configure(n, err) < 0)
			return err->number;
	} while (more);
	return 0;
}

static int begin_attempt(
	struct network *n, const struct link *link, struct screen *s, struct error *err)
{
	uint32_t xid;
	char mac[MAC_TEXT_MAX];
	int r = random_bytes(&xid, sizeof(xid), err);

	cleanup_close(&n->dhcp);
	n->dhcp = -1;
	n->index = link->netif.index;
	(void)snprintf(n->name, sizeof(n->name), "%s", link->netif.name);
	if (r == 0)
		r = dhcp_socket_open(n->index, &n->dhcp, err);
	if (r < 0)
		return r;
	lease_start(&n->lease, link->netif.mac, xid, monotonic_ms());
	(void)mac_format((const struct mac *)link->netif.mac, mac);
	screen_state(s, "an answer from a DHCP server", "asking for an address on %s (%s)", n->name,
		mac);
	return 0;
}

/* Asks on one card for as long as an attempt lasts. 0: bound; 1: no answer; else an error. */
static int try_lease(struct network *n, struct screen *s, struct error *err)
{
	int64_t end_ms = monotonic_ms() + LINK_ATTEMPT_MS;
	struct pollfd fd = { .fd = n->dhcp, .events = POLLIN };

	while (monotonic_ms() < end_ms) {
		int r = turn_lease(n, err);

		if (r < 0 || n->lease.state == LEASE_BOUND)
			return r;
		screen_tick(s);
		(void)poll(&fd, 1, (int)until(n->lease.next_ms)); /* else the deadline tells */
	}
	return 1;
}

static int search(
	struct network *n, const struct mac *boot_mac, struct screen *s, struct error *err)
{
	struct links links = { .since_ms = monotonic_ms() };
	struct pollfd fd = { .fd = n->links, .events = POLLIN };

	for (;;) {
		struct link *link;
		int r = look_at_links(&links, boot_mac, err);

		if (r < 0)
			return r;
		link = links_choose(&links, monotonic_ms());
		if (!link) {
			tell_wait(s, &links);
			screen_tick(s);
			(void)poll(&fd, 1, TICK_MS); /* woken or not, it looks again */
			drain(n->links);
			continue;
		}
		r = begin_attempt(n, link, s, err);
		if (r == 0)
			r = try_lease(n, s, err);
		if (r == 0)
			return 0;
		if (r == 1) {
			screen_problem(s, "no DHCP server answers on %s", n->name);
			continue;
		}
		screen_problem(s, "%s: %s", n->name, err->text);
		(void)poll(
			&fd, 1, TICK_MS); /* a card that fails at once is not asked at once again */
	}
}

static void *keep_lease(void *arg)
{
	struct network *n = arg;
	struct pollfd fds[] = { { .fd = n->dhcp, .events = POLLIN },
		{ .fd = n->stop, .events = POLLIN } };

	for (;;) {
		int64_t left_ms = n->lease.next_ms - monotonic_ms();
		struct error err = { 0 }; /* tried again at the lease's next turn */

		(void)poll(fds, 2, left_ms < 0 ? 0 : left_ms < 60000 ? (int)left_ms : 60000);
		if (fds[1].revents)
			return NULL;
		(void)turn_lease(n, &err);
	}
}

static void tell_address(const struct network *n, struct screen *s)
{
	char address[INET_ADDRSTRLEN] = "", mac[MAC_TEXT_MAX];

	(void)inet_ntop(AF_INET, &n->lease.offer.address, address, sizeof(address));
	(void)mac_format((const struct mac *)n->lease.mac, mac);
	(void)snprintf(
		s->view.address, sizeof(s->view.address), "%s on %s (%s)", address, n->name, mac);
	screen_problem(s, "%s", "");
}

int network_start(
	const struct mac *boot_mac, struct screen *s, struct network **ret, struct error *err)
{
	struct network *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return fail_memory(err);
	n->dhcp = n->links = n->stop = -1;
	r = n->links = open_link_events(err);
	if (r >= 0) {
		n->stop = eventfd(0, EFD_CLOEXEC);
		r = n->stop < 0 ? fail(err, errno, "making an eventfd") : 0;
	}
	if (r == 0)
		r = search(n, boot_mac, s, err);
	if (r == 0) {
		tell_address(n, s);
		r = -pthread_create(&n->thread, NULL, keep_lease, n);
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
	cleanup_close(&n->dhcp);
	cleanup_close(&n->links);
	cleanup_close(&n->stop);
	free(n);
}
