// SPDX-License-Identifier: Apache-2.0
/*
 * How a machine's disk is divided: the "layout" of a profile, and of the plan made from it. Filled
 * in, both have one shape:
 *
 *	{"root":{"size","filesystem"}, "partitions":[{"mount","size","filesystem"}]}
 *
 * Sizes are bytes, 0 the least that is possible. The last volume grows to the disk's end, so its
 * size is the least it must get; each one before it must say its own.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define LAYOUT_PARTITIONS_MAX 8

/* Checks a profile's layout (NULL: absent) and sets it in `out`, filled in. SW-6001. */
int layout_parse(const json_t *layout, json_t *out, struct error *err);

/* Checks a plan's. */
int layout_check(const json_t *layout, struct error *err);

/* What the volumes want of a disk at least, boot partitions not counted; 0: nothing is said. */
uint64_t layout_least_bytes(const json_t *layout);

/* True where it says no more than a profile without one does. */
bool layout_is_plain(const json_t *layout);
