// SPDX-License-Identifier: Apache-2.0
/*
 * What process 1 of the boot image has to do: the kernel's file systems, the console, children
 * without parents, and an agent that runs. It never ends: the kernel would stop with it.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Mounts and sets up what every process needs. Failures are told on stderr; the agent says more. */
void init_prepare(void);

/* Runs `agent` in a child and starts it again whenever it ends, reaping whatever else ends. Never
 * returns. */
void init_run(int (*agent)(void *arg), void *arg) __attribute__((noreturn));

/* Leaves for the installed system: where its kernel is loaded, kexec with all devices silent
 * (quiesce.h), else a restart. Returns only where the kernel refuses both. */
int init_leave(bool kexec, struct error *err);
