// SPDX-License-Identifier: Apache-2.0
/* Making plans: a profile, an image of the store, and a machine. */
#pragma once

#include "bundles/os_image.h"
#include "provisioner/daemon/appliance.h"
#include "provisioner/model/plan.h"

/* An OS image by the name a profile gives it, with or without "os/". -ENOENT with SW-6002 where the
 * store has none of that name. The caller ends *ret by os_image_done(). */
int planning_find_image(
	struct appliance *a, const char *name, struct os_image *ret, struct error *err);

/* Makes the machine's next plan and keeps it. */
int planning_make(struct appliance *a, struct member *x, struct error *err);

/* The disk that the profile's rule would take on this machine; errors as disk_rule_pick(). */
int planning_try_disk(
	struct appliance *a, struct member *x, const json_t *profile, struct error *err);
