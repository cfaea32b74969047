// SPDX-License-Identifier: Apache-2.0
/*
 * Devices and their drivers for as long as the agent runs: what is there at start, and what comes
 * later. A thread of its own listens to the kernel; the rest of the agent asks for `changed`.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct devices;

/* Begins to load drivers for all that is there, network cards first, and then to listen: the thread
 * does, so that an address can be asked for meanwhile. */
int devices_start(struct devices **ret, struct error *err);
void devices_stop(struct devices *d);

/* True once the drivers for what was there at start are loaded and have found their devices, or
 * have had their time. Waits for it at most timeout_ms. True where d is NULL. */
bool devices_settled(struct devices *d, int timeout_ms);

/* Waits at most timeout_ms; true where disks or network cards came or went since the last true.
 * d may be NULL: it only waits. */
bool devices_wait(struct devices *d, int timeout_ms);

/* True as devices_wait is, at once. */
bool devices_changed(struct devices *d);
