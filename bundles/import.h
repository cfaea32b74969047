// SPDX-License-Identifier: Apache-2.0
/*
 * Taking a bundle in: one pass from a file into the store.
 *
 * The statement and its signatures come first; nothing behind them is believed before those of as
 * many trusted keys as the site asks for hold. Then every blob is hashed on its way into the store
 * at its signed size, and names change at the very end, in one rename. Ended anywhere, an import
 * leaves whole blobs that the next one finds and keeps. import.c tells the archive's format.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/signatures.h"
#include "bundles/statement.h"
#include "bundles/store.h"
#include "bundles/trust.h"

struct import_progress {
	uint64_t done_bytes;  /* of blobs read so far */
	uint64_t total_bytes; /* of all blobs */
	size_t done_blobs;
	size_t total_blobs;
	const struct statement *statement;
	const struct digest *blob; /* being read; NULL between two */
};

/* Called about once for every MiB. Non-zero stops the import with -ECANCELED. */
typedef int (*import_progress_fn)(const struct import_progress *p, void *arg);

struct import_options {
	const struct trust *trust;   /* keys whose signature is good enough */
	struct store *store;         /* NULL: nothing is written, the bundle is only verified */
	bool allow_rollback;         /* takes an older version, or another of the same number */
	import_progress_fn progress; /* NULL: none */
	void *progress_arg;
};

struct import_result {
	struct statement statement;
	struct signatures signatures;
	size_t present_blobs; /* that the store had before */
	uint64_t written_bytes;
	uint64_t previous_version; /* of this bundle in the store; 0: none */
};

void import_result_done(struct import_result *r);
#define auto_import_result __attribute__((cleanup(import_result_done))) struct import_result

/* Imports or verifies the bundle that fd is open on. The result is set only on 0. Refusals:
 * -EBADMSG where it is not what was signed, -EPERM where it is older, -EBUSY, -ENOSPC. */
int import_run(
	int fd, const struct import_options *options, struct import_result *ret, struct error *err);

/* Reads the statement alone, and who signed it: 0, or 1 where too few trusted keys did (the
 * statement is then to be shown, not to be believed). */
int import_inspect(int fd, const struct trust *trust, struct import_result *ret, struct error *err);
