// SPDX-License-Identifier: Apache-2.0
/* What an import asks before its first byte is written, and before its names are. For import.c. */
#pragma once

#include "bundles/import.h"

/* Refuses (-EPERM) a version that is lower than the store's, and another bundle of the same one. */
int import_check_version(struct store *s, const struct statement *st,
	const struct digest *statement_digest, bool allow_rollback, uint64_t *ret_previous,
	struct error *err);

/* Refuses (-ENOSPC) where the blobs that are not here yet do not fit. */
int import_check_space(struct store *s, const struct statement *st, struct error *err);

/* Refuses names that would lead to a blob that is not in the store. */
int import_check_closure(struct store *s, const struct statement *st, struct error *err);
