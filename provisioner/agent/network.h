// SPDX-License-Identifier: Apache-2.0
/*
 * The agent's own network: a card with a link, an address by DHCP, the route it names; then a
 * thread that keeps the lease while long work goes on.
 */
#pragma once

#include "base/error.h"
#include "provisioner/agent/devices.h"
#include "provisioner/agent/screen.h"
#include "provisioner/model/mac.h"

struct network;

/* Waits until there is an address, however long that takes, and says on the screen what it waits
 * for. Fails only where the system itself refuses (no sockets, no memory). boot_mac may be zeros.
 */
int network_start(
	const struct mac *boot_mac, struct screen *s, struct network **ret, struct error *err);
void network_stop(struct network *n);
