// SPDX-License-Identifier: Apache-2.0
/* The DHCP client's state machine. */
#include "provisioner/agent/lease.h"

#include <string.h>

#define FIRST_WAIT_MS   1000 /* RFC 2131, 4.1 says 4 s; a wire of today answers in far less */
#define LONGEST_WAIT_MS 16000
#define JITTER_MS       256 /* so that a rack that was powered on at once does not ask at once */
#define REQUEST_TRIES   4
#define LEASE_DEFAULT_S 3600
#define LEASE_LEAST_S   60
#define RENEW_WAIT_MS   60000 /* RFC 2131, 4.4.5: at least a minute between two renewals */

/* Doubles from the first wait to the longest, a little off for each machine. */
static int64_t wait_ms(const struct lease *l)
{
	int64_t wait = FIRST_WAIT_MS;

	for (unsigned i = 1; i < l->tries && wait < LONGEST_WAIT_MS; i++)
		wait *= 2;
	return wait + ((l->xid >> (l->tries % 24)) & (JITTER_MS - 1));
}

static void make_request(
	const struct lease *l, int64_t now_ms, enum dhcp_type type, struct dhcp_request *ret)
{
	int64_t elapsed_s = (now_ms - l->began_ms) / 1000;

	*ret = (struct dhcp_request){
		.type = type,
		.xid = l->xid,
		.elapsed_s = (uint16_t)(elapsed_s < UINT16_MAX ? elapsed_s : UINT16_MAX),
		.broadcast = l->state != LEASE_RENEWING,
		.arch = -1,
		.vendor_class = "slipway-agent",
	};
	memcpy(ret->mac, l->mac, DHCP_MAC_SIZE);
	if (l->state == LEASE_RENEWING)
		ret->client = l->offer.address;
	if (l->state == LEASE_REQUESTING) {
		ret->requested = l->offer.address;
		ret->server = l->offer.server;
	}
}

static unsigned send_discover(struct lease *l, int64_t now_ms, struct dhcp_request *ret)
{
	l->state = LEASE_SELECTING;
	l->tries++;
	l->next_ms = now_ms + wait_ms(l);
	make_request(l, now_ms, DHCP_DISCOVER, ret);
	return LEASE_SEND;
}

static unsigned restart(struct lease *l, int64_t now_ms, struct dhcp_request *ret)
{
	l->xid++;
	l->tries = 0;
	l->began_ms = now_ms;
	return send_discover(l, now_ms, ret);
}

static unsigned send_request(struct lease *l, int64_t now_ms, struct dhcp_request *ret)
{
	l->tries++;
	l->next_ms = now_ms + (l->state == LEASE_RENEWING ? RENEW_WAIT_MS : wait_ms(l));
	if (l->state == LEASE_RENEWING && l->next_ms > l->end_ms)
		l->next_ms = l->end_ms;
	make_request(l, now_ms, DHCP_REQUEST, ret);
	return LEASE_SEND;
}

static unsigned take_ack(struct lease *l, int64_t now_ms, const struct dhcp_reply *ack)
{
	int64_t lease_s = ack->lease_s ? ack->lease_s : LEASE_DEFAULT_S;
	int64_t renew_s;

	if (lease_s < LEASE_LEAST_S)
		lease_s = LEASE_LEAST_S;
	renew_s = ack->renew_s && ack->renew_s < lease_s ? ack->renew_s : lease_s / 2;
	l->offer = *ack;
	l->offer.lease_s = (uint32_t)lease_s;
	l->state = LEASE_BOUND;
	l->tries = 0;
	l->renew_ms = now_ms + renew_s * 1000;
	l->end_ms = now_ms + lease_s * 1000;
	l->next_ms = l->renew_ms;
	return LEASE_CONFIGURE;
}

static unsigned take_reply(
	struct lease *l, int64_t now_ms, const struct dhcp_reply *reply, struct dhcp_request *ret)
{
	bool asking = l->state == LEASE_REQUESTING || l->state == LEASE_RENEWING;

	if (reply->xid != l->xid || memcmp(reply->mac, l->mac, DHCP_MAC_SIZE) != 0)
		return 0;
	/* An offer without an address is a proxy's: it boots firmware, we have booted. */
	if (l->state == LEASE_SELECTING && reply->type == DHCP_OFFER && reply->address.s_addr &&
		reply->server.s_addr) {
		l->offer = *reply;
		l->state = LEASE_REQUESTING;
		l->tries = 0;
		return send_request(l, now_ms, ret);
	}
	if (asking && reply->type == DHCP_ACK && reply->address.s_addr)
		return take_ack(l, now_ms, reply);
	if (asking && reply->type == DHCP_NAK)
		return (l->state == LEASE_RENEWING ? LEASE_LOST : 0) | restart(l, now_ms, ret);
	return 0;
}

static unsigned time_passed(struct lease *l, int64_t now_ms, struct dhcp_request *ret)
{
	switch (l->state) {
	case LEASE_SELECTING:
		return send_discover(l, now_ms, ret);
	case LEASE_REQUESTING:
		return l->tries < REQUEST_TRIES ? send_request(l, now_ms, ret)
						: restart(l, now_ms, ret);
	case LEASE_BOUND:
		l->state = LEASE_RENEWING;
		l->xid++;
		l->began_ms = now_ms;
		return send_request(l, now_ms, ret);
	case LEASE_RENEWING:
		return now_ms < l->end_ms ? send_request(l, now_ms, ret)
					  : LEASE_LOST | restart(l, now_ms, ret);
	}
	return 0;
}

void lease_start(
	struct lease *l, const uint8_t mac[static DHCP_MAC_SIZE], uint32_t xid, int64_t now_ms)
{
	*l = (struct lease){ .xid = xid, .began_ms = now_ms, .next_ms = now_ms };
	memcpy(l->mac, mac, DHCP_MAC_SIZE);
}

unsigned lease_step(struct lease *l, int64_t now_ms, const struct dhcp_reply *reply,
	struct dhcp_request *ret_request)
{
	if (reply)
		return take_reply(l, now_ms, reply, ret_request);
	return now_ms >= l->next_ms ? time_passed(l, now_ms, ret_request) : 0;
}
