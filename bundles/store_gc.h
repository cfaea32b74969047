// SPDX-License-Identifier: Apache-2.0
/*
 * Letting go of what no name refers to.
 *
 * What stays, whatever is asked for:
 * - all that a name refers to; names go by store_drop_names or a newer bundle only;
 * - what a name referred to less than `grace_s` ago: a machine or a containerd that has read the
 *   old manifest asks for its layers one after the other, and is given them all;
 * - all of those, however old, with `keep_held`: while machines are being installed;
 * - blobs that were written less than `grace_s` ago: an import that was cut off goes on with them,
 *   parts of a bundle wait for the others.
 *
 * An import that runs holds the lock. Who has a blob open reads it to its end, because the kernel
 * keeps the bytes of an open file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/store.h"

struct store_census;

struct store_gc_options {
	bool dry_run;
	bool keep_held;                  /* see above */
	int64_t grace_s;                 /* 0 or more */
	const struct store_census *keep; /* blobs that stay whatever refers to them; NULL: none */
};

struct store_gc {
	size_t removed; /* blobs; with dry_run those that would be */
	uint64_t removed_bytes;
	size_t young; /* unreferenced, but written a short time ago */
	uint64_t young_bytes;
	size_t held; /* entries that are kept though their names are gone */
};

/* -EBADMSG (SW-2064) where a manifest cannot be read: what it refers to is not known then, and
 * nothing is removed. Needs the lock, but for a dry run. */
int store_gc(struct store *s, const struct store_gc_options *options, struct store_gc *ret,
	struct error *err);
