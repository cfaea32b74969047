// SPDX-License-Identifier: Apache-2.0
/*
 * Enrolment: a proved key becomes a machine's key, or is refused. Evidence is compared, and nothing
 * merges by itself: a new key takes a machine over only where all evidence is the same and the
 * machine is not installed; for a machine that is bound it is an alarm.
 */
#pragma once

#include "provisioner/daemon/appliance.h"

/* The proof has been checked and names the text that `inventory` was read from. *ret (owned by the
 * caller) is {"machine","name","check_code","token"}. -EEXIST with SW-5004 for a second key. */
int enrolment_accept(struct appliance *a, const struct auth_proof *proof, const json_t *inventory,
	const char *address, json_t **ret, struct error *err);
