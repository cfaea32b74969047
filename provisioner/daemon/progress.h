// SPDX-License-Identifier: Apache-2.0
/* What an agent is told and what it tells: its plan, its reports, the end of its work. */
#pragma once

#include "provisioner/daemon/appliance.h"

/* {"seq","state","name","check_code","message","plan","poll_ms"}; the plan is there while it is to
 * be carried out. */
int progress_plan(struct appliance *a, struct member *x, json_t **ret, struct error *err);

/* Takes a report; *ret_abort: the agent is to stop what it does. */
int progress_report(struct appliance *a, struct member *x, const json_t *body, bool *ret_abort,
	struct error *err);

/* The disk is complete: from now on the machine boots from it. */
int progress_installed(
	struct appliance *a, struct member *x, const json_t *body, struct error *err);
