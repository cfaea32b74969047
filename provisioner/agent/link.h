// SPDX-License-Identifier: Apache-2.0
/*
 * Which network card to use: the one the firmware booted from, and only where that leads nowhere
 * the others. Pure: the state of the cards and the time are given.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/netif.h"
#include "provisioner/model/mac.h"

#define LINK_MAX 64

/* A link may come up this late: spanning tree, LACP, a switch that negotiates. */
#define LINK_PATIENCE_MS 75000
/* How long one card asks for an address before another one is tried. */
#define LINK_ATTEMPT_MS 20000
/* How long the booted card's driver may take before the others are tried. */
#define LINK_DRIVER_MS 10000

struct link {
	struct netif netif;
	bool boot;        /* the firmware booted from this one */
	int64_t tried_ms; /* when its latest attempt began; 0: none yet */
	bool astray;      /* it gave an address on a network without the appliance */
};

struct links {
	struct link at[LINK_MAX];
	size_t n;
	int64_t since_ms; /* when the search began */
	bool boot_known;  /* the firmware's card was named */
};

/* Takes the current list, Ethernet cards only; what was known of a card stays. */
void links_update(struct links *l, const struct netif *list, size_t n, const struct mac *boot_mac);

/* The card to ask on next, or NULL: wait for a link. Borrowed. */
struct link *links_choose(struct links *l, int64_t now_ms);

/* The card that is waited for, for the screen: the booted one, or NULL. Borrowed. */
const struct link *links_boot(const struct links *l);
