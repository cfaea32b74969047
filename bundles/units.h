// SPDX-License-Identifier: Apache-2.0
/*
 * Enabling and masking systemd units of an image that does not run: the links that
 * `systemctl enable` would make (systemd.unit(5), "[Install] Section Options"), from the unit's own
 * WantedBy, RequiredBy, Alias and Also.
 */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "bundles/overlay.h"
#include "bundles/tree.h"

/* Adds the links of {enable: [...], mask: [...]} (may be NULL). -ENOENT: no such unit. */
int units_apply(const json_t *units, const struct tree *tree, struct overlay *o, struct error *err);
