// SPDX-License-Identifier: Apache-2.0
/*
 * Which machines boot from their own disk. The loop thread keeps it; the thread that serves boot
 * scripts asks it. Every machine that is not in it boots the agent.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "provisioner/model/mac.h"

struct boot_table;
int boot_table_new(struct boot_table **ret, struct error *err);
void boot_table_free(struct boot_table *t);

int boot_table_set_local(
	struct boot_table *t, const struct mac *mac, bool local, struct error *err);
bool boot_table_is_local(struct boot_table *t, const struct mac *mac);
