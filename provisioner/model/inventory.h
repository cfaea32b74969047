// SPDX-License-Identifier: Apache-2.0
/* What an agent tells of its machine: the one shape, checked by whoever makes it and whoever reads
 * it. */
#pragma once

#include <jansson.h>

#include "base/error.h"

#define INVENTORY_MAX_BYTES (64u << 10)
#define INVENTORY_TEXT_MAX  256 /* bytes of any string in it */
#define INVENTORY_NICS_MAX  64
#define INVENTORY_DISKS_MAX 128

/* Every key there and of its type, every string valid and short, lists within their limits. */
int inventory_check(const json_t *inventory, struct error *err);
