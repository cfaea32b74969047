// SPDX-License-Identifier: Apache-2.0
/* For verbs that change the appliance by themselves, without a daemon. */
#pragma once

#include "provisioner/cli/cli.h"

/* Puts a change into the audit log of cli->state_dir; before the change is made, which must not be
 * made where this fails. detail may be NULL. */
int audit_record(const struct cli *cli, const char *action, const char *object, const char *detail,
	struct error *err);
