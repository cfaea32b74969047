// SPDX-License-Identifier: Apache-2.0
/* What a layer takes away from the layers below it: whiteouts, and things another kind replaces. */
#pragma once

#include "base/error.h"
#include "images/path_set.h"

/* Removes `path` (relative to the current folder) and all below it, but for what is in `made`;
 * folders that still hold such things stay. made may be NULL: everything goes. Absent is fine. */
int layer_lower_remove(const char *path, const struct path_set *made, struct error *err);

/* The same for what is below the folder `path` ("": the current one), which itself stays. */
int layer_lower_empty(const char *path, const struct path_set *made, struct error *err);
