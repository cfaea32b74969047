// SPDX-License-Identifier: Apache-2.0
/*
 * Installed machines that do not come up or do not join: told once a boot, as SW-4002 on the
 * timeline and in the record. Nothing else changes: a machine that joins later is ready as any
 * other, and its record is clean again.
 */
#pragma once

#include "provisioner/daemon/appliance.h"

#define OVERDUE_MS   300000 /* in stage boot or join; twice the usual where that is longer */
#define OVERDUE_CODE "SW-4002"

/* Looks at all machines; called every few seconds. */
void overdue_look(struct appliance *a, int64_t now_ms);
