// SPDX-License-Identifier: Apache-2.0
/* What import.c and import_blobs.c share. Nobody else's. */
#pragma once

#include "bundles/damage.h"
#include "bundles/import.h"
#include "bundles/pump.h"
#include "bundles/stream.h"

enum blob_state {
	BLOB_AWAITED,
	BLOB_WHOLE,
	BLOB_DAMAGED,
};

struct import {
	const struct import_options *options;
	struct stream stream;
	struct pump pump;
	struct import_result result;
	struct digest statement_digest;
	enum blob_state *states; /* of each blob of the statement */
	struct damage damage;
	struct import_progress progress;
};

/* Takes every blob, and the archive's end. Damage of single blobs is noted and gone past. */
int import_blobs(struct import *im, struct error *err);
