// SPDX-License-Identifier: Apache-2.0
/*
 * A further signature on a bundle that exists. Statement and blobs stay as they are, so the
 * signatures that are there go on to hold; the file is written anew beside the old one, because
 * what follows the signatures moves, and takes its name by a rename.
 */
#pragma once

#include "base/error.h"
#include "bundles/minisign.h"
#include "bundles/statement.h"

/* Signs the bundle at `path`. *ret is what was signed, for whoever signs to see. -EEXIST where the
 * key signed it already. Blobs are moved, not checked: `slipway bundle verify` does that. */
int sign_bundle(const char *path, const struct minisign_secret *key, struct statement *ret,
	struct error *err);
