// SPDX-License-Identifier: Apache-2.0
/* Everything that an entry of the store needs: its document and, through it, every blob it names.
 */
#pragma once

#include "base/error.h"
#include "bundles/oci.h"
#include "bundles/store.h"

/* Called for each descriptor met, a document before its content; non-zero ends the walk. */
typedef int (*closure_fn)(const struct oci_descriptor *d, void *arg, struct error *err);

/* Walks from a descriptor. Every blob must be in the store, at its size: -ENOENT names the one that
 * is not (SW-2014). A blob that several documents name is met once for each. */
int closure_walk(struct store *s, const struct oci_descriptor *from, closure_fn visit, void *arg,
	struct error *err);
