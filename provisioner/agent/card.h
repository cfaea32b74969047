// SPDX-License-Identifier: Apache-2.0
/*
 * One network card's address: a DHCP client on it (lease.h), and the address and route that follow
 * from its lease.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "base/error.h"
#include "provisioner/agent/lease.h"
#include "provisioner/agent/link.h"

struct card {
	struct lease lease;
	char name[IF_NAMESIZE];
	int index;
	int dhcp;               /* the client's socket; -1: none */
	struct in_addr address; /* set on the card; 0: none */
	unsigned prefix;
};

/* Begins to ask on the card of a link. */
int card_open(struct card *c, const struct link *link, struct error *err);

/* Takes what has come, does what is due (c->lease.next_ms). *ret_lost: the address is no longer
 * ours. */
int card_turn(struct card *c, bool *ret_lost, struct error *err);

/* Takes address and routes off; the card stays up. Twice does no harm. */
void card_close(struct card *c);
