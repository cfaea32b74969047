// SPDX-License-Identifier: Apache-2.0
/*
 * Enrolment: a proved key becomes a machine's key, or is refused. Evidence is compared, and nothing
 * merges by itself: a new key takes a machine over only where all evidence is the same and the
 * machine is not installed, and only once the old key's agent is silent; else it is an alarm.
 */
#pragma once

#include "provisioner/daemon/appliance.h"

/* An agent that has not spoken for so long has lost its power: it asks every second, and every
 * five in a crowd. A machine needs longer than this from its reset to its agent. */
#define ENROLMENT_SILENCE_MS 10000

/* The proof has been checked and names the text that `inventory` was read from. *ret (owned by the
 * caller) is {"machine","name","check_code","token"}. Errors: SW-5004 the machine is
 * another key's for good; SW-5012 (MACHINE_HELD) while that key's agent is alive. */
int enrolment_accept(struct appliance *a, const struct auth_proof *proof, const json_t *inventory,
	const char *address, json_t **ret, struct error *err);
