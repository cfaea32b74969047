// SPDX-License-Identifier: Apache-2.0
/* A Debian root file system through mmdebstrap(1): packages in, a tar archive out. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

/* Makes the tree that `debian` (a recipe's object) describes as the archive `tar`. Takes minutes
 * and needs a mirror. No file it makes is newer than `newest` (Unix seconds). */
int debian_make(const json_t *debian, const char *tar, int64_t newest, struct error *err);
