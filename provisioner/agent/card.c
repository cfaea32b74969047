// SPDX-License-Identifier: Apache-2.0
/* A DHCP client on one card. */
#include "provisioner/agent/card.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/dhcp_socket.h"
#include "base/ed25519.h"
#include "base/netif.h"

#define PREFIX_DEFAULT 24 /* where the server names no netmask */

int card_open(struct card *c, const struct link *link, struct error *err)
{
	uint32_t xid;
	int r = random_bytes(&xid, sizeof(xid), err);

	*c = (struct card){ .index = link->netif.index, .dhcp = -1 };
	(void)snprintf(c->name, sizeof(c->name), "%s", link->netif.name);
	if (r == 0)
		r = dhcp_socket_open(c->index, &c->dhcp, err);
	if (r == 0)
		lease_start(&c->lease, link->netif.mac, xid, monotonic_ms());
	return r;
}

static void take_off(struct card *c)
{
	struct error ignored = { 0 }; /* it goes with the card, or at the end of its lease */

	if (c->address.s_addr)
		(void)netif_remove_address(c->index, c->address, c->prefix, &ignored);
	c->address.s_addr = 0;
}

static int configure(struct card *c, struct error *err)
{
	const struct dhcp_reply *ack = &c->lease.offer;
	int r;

	if (ack->address.s_addr != c->address.s_addr)
		take_off(c);
	c->address = ack->address;
	c->prefix = ack->prefix ? ack->prefix : PREFIX_DEFAULT;
	r = netif_add_address(c->index, c->address, c->prefix, ack->lease_s, err);
	if (r == 0 && ack->routers.n > 0)
		r = netif_set_default_route(c->index, ack->routers.at[0], err);
	return r;
}

int card_turn(struct card *c, bool *ret_lost, struct error *err)
{
	struct dhcp_reply reply;
	struct dhcp_request request;
	unsigned wishes;
	bool more;

	*ret_lost = false;
	do {
		struct error unsent = { 0 }; /* a lost DISCOVER is sent again */

		more = dhcp_socket_receive(c->dhcp, &reply, err) > 0;
		wishes = lease_step(&c->lease, monotonic_ms(), more ? &reply : NULL, &request);
		if (wishes & LEASE_SEND)
			(void)dhcp_socket_send(c->dhcp, c->index, &request, &unsent);
		if (wishes & LEASE_CONFIGURE && configure(c, err) < 0)
			return err->number;
		*ret_lost = *ret_lost || wishes & LEASE_LOST;
	} while (more);
	return 0;
}

void card_close(struct card *c)
{
	take_off(c);
	cleanup_close(&c->dhcp);
	c->dhcp = -1;
}
