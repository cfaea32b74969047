// SPDX-License-Identifier: Apache-2.0
/*
 * The search for a network: cards in turn (link.h), an address on one of them (card.h), and the
 * appliance's answer there (reach.h). A card that led nowhere rests, longer each time, and the
 * screen says what is waited for, since when, what is usual and what to check.
 */
#pragma once

#include "base/error.h"
#include "provisioner/agent/card.h"
#include "provisioner/agent/cmdline.h"
#include "provisioner/agent/screen.h"

struct search {
	const struct cmdline *cmdline;
	struct card card; /* the one in use, or being tried */
	int links;        /* rtnetlink: readable where a link has changed */
	int stop;         /* eventfd: readable where the search shall end */
};

enum search_end {
	SEARCH_FOUND,   /* the card has an address, and the appliance answers there */
	SEARCH_STOPPED, /* by s->stop */
};

/* Searches until one of the above; fails only where the system itself refuses. boot_mac: the card
 * to prefer, zeros: none. Blocks. */
int search_run(
	struct search *s, const struct mac *boot_mac, struct screen *screen, struct error *err);

/* True where s->stop was written to. */
bool search_is_stopped(const struct search *s);

/* Takes what s->links has to tell: it only says that it is worth to look again. */
void search_drain(const struct search *s);
