// SPDX-License-Identifier: Apache-2.0
/*
 * Locks a child into a folder before it touches bytes from outside: own mount namespace with that
 * folder as its only file system (nodev, nosuid, noexec), root and working folder there, no new
 * privileges, only the capabilities that unpacking needs, bounded memory, no other descriptors.
 */
#pragma once

#include "base/error.h"

/* Called in a forked child. Every descriptor but stderr, keep[0] and keep[1] is closed. */
int sandbox_enter(const char *root, const int keep[static 2], struct error *err);
