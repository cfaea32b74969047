// SPDX-License-Identifier: Apache-2.0
/*
 * Kernel modules by libkmod: drivers for the devices that are here, and what the kernel itself asks
 * for. There is no udev and no modprobe in the agent's image. A module that is not in the image is
 * no error: most devices of a server need none to be installed.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

struct modules;

/* NULL in *ret and 0 where the running kernel has no module folder (a test, or all built in). */
int modules_new(struct modules **ret, struct error *err);
void modules_free(struct modules *m);

/* Loads what an alias ("pci:v00008086d...") or a name ("ext4") stands for, with what it needs.
 * Blocks until the drivers have probed. Returns how many modules are new. m may be NULL. */
size_t modules_load(struct modules *m, const char *alias);

enum modules_kind { MODULES_ALL, MODULES_NETWORK };

/* Loads drivers for every device of a kind that /sys knows and does not yet drive, until a pass
 * loads nothing more. Returns how many modules are new. */
size_t modules_coldplug(struct modules *m, enum modules_kind kind);

/* The kernel's own requests: called as `modprobe -q -- NAME` (kernel/kmod.c). Exit status. */
int modules_main(int argc, char **argv);
