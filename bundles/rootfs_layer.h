// SPDX-License-Identifier: Apache-2.0
/*
 * A root file system's archive rewritten as the one layer of an OS image: what belongs to the
 * machine that built it is left out, the recipe's additions are put on, times are bounded. The same
 * archive and recipe give the same bytes.
 */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "bundles/overlay.h"
#include "bundles/store.h"
#include "bundles/tree.h"

struct rootfs_layer {
	struct digest digest;  /* of the compressed blob */
	struct digest diff_id; /* of the archive in it */
	uint64_t size;         /* bytes of the blob */
};

/* Writes the layer into the store. No time in it is later than `newest` (Unix seconds). */
int rootfs_layer_write(struct store *s, const char *tar, const struct tree *tree,
	const struct overlay *o, int64_t newest, struct rootfs_layer *ret, struct error *err);
