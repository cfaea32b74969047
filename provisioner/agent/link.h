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
/* A card that led nowhere rests: at first so long, twice that each time, and at most so long; a
 * quarter of it by chance. */
#define LINK_REST_FIRST_MS 2000
#define LINK_REST_MOST_MS  60000

struct link {
	struct netif netif;
	bool boot;        /* the firmware booted from this one */
	int64_t tried_ms; /* when its latest attempt began; 0: none yet */
	bool astray;      /* it gave an address on a network without the appliance */
	unsigned failed;  /* attempts in a row that led nowhere */
	int64_t pause_ms; /* how long it rests after the last of them; 0: there was none */
	int64_t rest_ms;  /* until when that is */
};

struct links {
	struct link at[LINK_MAX];
	size_t n;
	int64_t since_ms; /* when the search began */
	bool boot_known;  /* the firmware's card was named */
};

/* Takes the current list, Ethernet cards only; what was known of a card stays, but one whose link
 * came or went rests no longer: its cable may have been moved. */
void links_update(struct links *l, const struct netif *list, size_t n, const struct mac *boot_mac);

/* The card to ask on next, or NULL: wait for a link. Borrowed. */
struct link *links_choose(struct links *l, int64_t now_ms);

/* After an attempt that led nowhere: it is not chosen for a while. random: any number. */
void link_rest(struct link *link, int64_t now_ms, uint32_t random);

/* The card with a link whose rest ends first, or NULL: none rests. Borrowed. */
const struct link *links_resting(const struct links *l);

/* The card that is waited for, for the screen: the booted one, or NULL. Borrowed. */
const struct link *links_boot(const struct links *l);
