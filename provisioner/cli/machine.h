// SPDX-License-Identifier: Apache-2.0
/* The parts of the noun `machine` that fill files of their own. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "provisioner/cli/cli.h"

/* "/machines/REF" and what follows it. */
void machine_path(struct buf *path, const char *ref, const char *action);
/* True where ref is the machine's id, name, MAC or serial. */
bool machine_is(const json_t *machine, const char *ref);

int machine_show(const struct cli *cli, const struct args *args);
int machine_undo(const struct cli *cli, const struct args *args);
int machine_watch(const struct cli *cli, const struct args *args);
