// SPDX-License-Identifier: Apache-2.0
/* What a delta leaves out and the store that takes it must have. For the import. */
#pragma once

#include "bundles/statement.h"
#include "bundles/store.h"
#include "bundles/stream.h"

/* -EPERM (SW-2030) where the store lacks blobs that the bundle leaves out. The error names some of
 * them, and what each belongs to, as far as the manifests in the store and in front of the bundle's
 * stream say: that is read on for it, behind the signatures. */
int absent_check(struct store *s, const struct statement *st, struct stream *in, struct error *err);
