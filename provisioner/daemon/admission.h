// SPDX-License-Identifier: Apache-2.0
/* Who may become what: approval by an operator, and by windows. */
#pragma once

#include "provisioner/daemon/appliance.h"

/* Approves a machine for a profile ("" takes the one profile that matches it). Checked before
 * anything changes: profile, image, cluster, host name, disk. -EEXIST with SW-5005 where its state
 * does not allow it; SW-3005 and SW-3006 of its disks. */
int admission_approve(
	struct appliance *a, struct member *x, const char *profile, struct error *err);

/* Opens a window, and offers it to the machines that wait. */
int admission_open(struct appliance *a, const json_t *input, struct window *ret, struct error *err);
int admission_close(struct appliance *a, const char *id, struct error *err);

/* Lets a pending machine in where a window is open for it; else its reason says what holds it. */
void admission_try_windows(struct appliance *a, struct member *x, int64_t now_ms);

/* Reads the windows back at the start. */
int admission_load(struct appliance *a, struct error *err);

/* What must hold of a profile when it is set: its image is in the store, its cluster is known. */
int admission_check_profile(struct appliance *a, const json_t *profile, struct error *err);
