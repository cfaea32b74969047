// SPDX-License-Identifier: Apache-2.0
/* Making plans: a profile, an image of the store, and a machine. */
#pragma once

#include "provisioner/daemon/appliance.h"
#include "provisioner/model/plan.h"

/* An OS image by the name a profile gives it. */
struct planning_image {
	char name[256];
	char repository[256];
	char manifest[DIGEST_TEXT_MAX];
	char kind[16];
	uint64_t size_bytes; /* least disk */
};

/* -ENOENT with SW-6002 where the store has no OS image of that name. */
int planning_find_image(
	struct appliance *a, const char *name, struct planning_image *ret, struct error *err);

/* Makes the machine's next plan and keeps it. */
int planning_make(struct appliance *a, struct member *x, struct error *err);

/* The disk that the profile's rule would take on this machine; errors as disk_rule_pick(). */
int planning_try_disk(
	struct appliance *a, struct member *x, const json_t *profile, struct error *err);
