// SPDX-License-Identifier: Apache-2.0
/* Straight from the agent's kernel into the installed one, without the firmware (kexec_file_load).
 */
#pragma once

#include "base/error.h"

/* Loads a kernel; initrd_fd may be -1. Fails where the running kernel is locked down or cannot. */
int kexec_load(int kernel_fd, int initrd_fd, const char *cmdline, struct error *err);

/* Jumps into the loaded kernel. Everything must be unmounted and synced. Returns only on failure.
 */
int kexec_run(struct error *err);
