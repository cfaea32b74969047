// SPDX-License-Identifier: Apache-2.0
/*
 * A process that shuts itself in before it reads what a stranger made. It keeps the descriptors it
 * has open, and whatever lies below a folder among them. Beyond those it has
 *
 * - no network: a network namespace of its own, and no system call that makes a socket;
 * - no other files: every mount is read-only to it, but the folders it has open stay as they were;
 * - no other programs: exec, ptrace, mount and the like are refused;
 * - little memory: at most `memory_bytes` of its own;
 * - few rights: of root's, only that to pass by file modes.
 *
 * Namespaces need root. Without it the rest holds all the same.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* There is no way back out. For a child process, before it has threads. */
int sandbox_enter(uint64_t memory_bytes, struct error *err);
