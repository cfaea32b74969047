// SPDX-License-Identifier: Apache-2.0
/*
 * An import in a child process that has shut itself in (worker.h). What the child says is taken
 * over, and its statement is parsed anew.
 */
#pragma once

#include "bundles/import.h"
#include "bundles/worker.h"

/* As import_run(), in a child, from what `feed` has. */
int import_worker_run(const struct worker_feed *feed, const struct import_options *options,
	struct import_result *ret, struct error *err);
