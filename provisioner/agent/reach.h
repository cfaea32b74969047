// SPDX-License-Identifier: Apache-2.0
/*
 * Whether the appliance is on the network that a card leads to. A server has several cards, each of
 * them may get an address, and only one network has the appliance.
 */
#pragma once

#include <stdbool.h>

/* True where "ADDR:PORT" takes a TCP connection within timeout_ms. Blocks. */
bool reach_server(const char *server, int timeout_ms);
