// SPDX-License-Identifier: Apache-2.0
/*
 * The agent's own network: a card with a link, an address by DHCP, the route it names, and the
 * appliance's answer there (search.h); then a thread that keeps the lease while long work goes on,
 * and searches anew, on all cards, where the lease is lost, the link dies, or the appliance has not
 * answered on that network for REACH_SILENT_MS.
 */
#pragma once

#include "base/error.h"
#include "provisioner/agent/cmdline.h"
#include "provisioner/agent/screen.h"

struct network;

/* Waits until there is an address by which the appliance is reached, however long that takes, and
 * says on the screen what it waits for. Fails only where the system itself refuses (no sockets, no
 * memory). c and s are kept. */
int network_start(
	const struct cmdline *c, struct screen *s, struct network **ret, struct error *err);
void network_stop(struct network *n);
