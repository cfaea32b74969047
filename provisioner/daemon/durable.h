// SPDX-License-Identifier: Apache-2.0
/*
 * What was changed becomes durable, or is taken back: after a commit that failed (a full disk),
 * machines, timelines and windows in memory are again as the database has them. What was not
 * acknowledged is not shown, and whoever asks again is not told that it is done already.
 */
#pragma once

#include "provisioner/daemon/appliance.h"

/* Commits. On failure members that were never durable are freed: hold none over this call. */
int durable_commit(struct appliance *a, struct error *err);

/* Takes back what was changed since the last commit; frees members as above. */
void durable_rollback(struct appliance *a);
