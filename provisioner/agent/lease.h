// SPDX-License-Identifier: Apache-2.0
/*
 * A DHCP lease from the client's side (RFC 2131, 4.4 and figure 5): a state machine that says what
 * to send and when it wants to be asked again. No sockets, no clock: the caller brings both, and a
 * test brings neither.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/dhcp.h"

enum lease_state {
	LEASE_SELECTING,  /* DISCOVER sent, waiting for an offer */
	LEASE_REQUESTING, /* REQUEST sent, waiting for its ACK */
	LEASE_BOUND,
	LEASE_RENEWING, /* past T1: asks again, the address in use */
};

struct lease {
	enum lease_state state;
	uint8_t mac[DHCP_MAC_SIZE];
	uint32_t xid;
	unsigned tries;          /* of this state's message */
	int64_t began_ms;        /* when we began to ask; times are the caller's monotonic ones */
	int64_t next_ms;         /* when lease_step wants to be called at the latest */
	int64_t renew_ms;        /* T1 */
	int64_t end_ms;          /* the address is no longer ours */
	struct dhcp_reply offer; /* the offer taken, then the ACK */
};

/* What lease_step asks for; a set of bits. */
enum lease_wish {
	LEASE_SEND = 1 << 0,      /* *ret_request is to be sent */
	LEASE_CONFIGURE = 1 << 1, /* l->offer's address and router are to be set, or prolonged */
	LEASE_LOST = 1 << 2,      /* the address is no longer ours */
};

/* Begins anew. xid: a number no one can guess. */
void lease_start(
	struct lease *l, const uint8_t mac[static DHCP_MAC_SIZE], uint32_t xid, int64_t now_ms);

/* Takes one reply (NULL: none, it is merely time). Returns wishes; *ret_request is set with
 * LEASE_SEND. */
unsigned lease_step(struct lease *l, int64_t now_ms, const struct dhcp_reply *reply,
	struct dhcp_request *ret_request);
