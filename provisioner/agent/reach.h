// SPDX-License-Identifier: Apache-2.0
/*
 * Whether the appliance is on the network that a card leads to. A server has several cards, each of
 * them may get an address, and only one network has the appliance.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define REACH_ASK_MS    60000  /* between two questions while it answers */
#define REACH_AGAIN_MS  15000  /* while it does not */
#define REACH_SILENT_MS 300000 /* longer than the appliance's host takes to restart */

/* True where "ADDR:PORT" takes a TCP connection within timeout_ms. Blocks. */
bool reach_server(const char *server, int timeout_ms);

/* Whether an appliance that answered once still does: pure, its time is the caller's monotonic one.
 */
struct reach_watch {
	int64_t ask_ms;    /* when it is to be asked next */
	int64_t silent_ms; /* when it was silent first since its last answer; 0: it answered */
};

void reach_watch_start(struct reach_watch *w, int64_t now_ms);
/* Takes what was found; true where it has been silent for REACH_SILENT_MS. */
bool reach_watch_told(struct reach_watch *w, int64_t now_ms, bool answers);
