// SPDX-License-Identifier: Apache-2.0
/*
 * Looks out for foreign DHCP servers for as long as it exists: a round of pxe/probe.h now and then,
 * on the loop. It reports each round and decides nothing.
 */
#pragma once

#include <netinet/in.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "pxe/probe.h"

struct dhcp_watch_options {
	const char *interface; /* borrowed */
	struct in_addr own;    /* the address it is to have */
	/* A round is over: PROBE_ALONE; PROBE_FOREIGN and *server; or -errno and *err, where it
	 * could not be held: the interface is gone, or down, or has another address. Returns the
	 * pause before the next round. */
	int64_t (*on_round)(
		int outcome, const struct probe_server *server, const struct error *err, void *arg);
	void *arg;
};

struct dhcp_watch;

/* The first round begins after first_ms. */
int dhcp_watch_new(sd_event *loop, const struct dhcp_watch_options *options, int64_t first_ms,
	struct dhcp_watch **ret, struct error *err);
void dhcp_watch_free(struct dhcp_watch *w);
