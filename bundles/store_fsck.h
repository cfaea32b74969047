// SPDX-License-Identifier: Apache-2.0
/*
 * Looking at every byte of the store: are blobs what their names say, is everything there that the
 * names of the index need, and if not, what has to be imported again.
 *
 * A damaged blob is marked (its file loses its permissions). From then on it counts as not there:
 * it is not served, and the next import that has it replaces it. One that reads well again, because
 * a disk has recovered, loses the mark.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/store.h"

#define STORE_FINDINGS_MAX 1000 /* of damage that are listed one by one */

struct store_fsck_options {
	/* Removes damaged blobs and puts a broken index.json aside as index.json.damaged, so that
	 * an import brings back what is missing. Needs the lock. */
	bool repair;
	/* Called about once for every MiB; non-zero stops with -ECANCELED. NULL: none. */
	int (*progress)(uint64_t done_bytes, uint64_t total_bytes, void *arg);
	void *progress_arg;
};

struct store_fsck {
	size_t blobs;
	uint64_t bytes;
	size_t damaged;      /* blobs that are not what their name says */
	size_t unmarked;     /* of those, the ones that could not be marked: not ours to change */
	size_t missing;      /* blobs that an entry needs */
	size_t unreferenced; /* good blobs that no entry needs: gc's business, no damage */
	uint64_t unreferenced_bytes;
	struct error index; /* why index.json cannot be read; number 0: it can */
	/* {digest, size, problem: "altered"|"truncated"|"too long"|"unreadable"|"missing",
	 * needed_by: [name]} */
	json_t *findings;
	json_t *again;   /* what to import again: {bundle, version, names: [name]} */
	json_t *foreign; /* names of files that are no blobs; they do no harm and are left alone */
};

/* Checks a store that was opened with store_open_unread. 0 whatever was found. */
int store_fsck(struct store *s, const struct store_fsck_options *options, struct store_fsck *ret,
	struct error *err);
void store_fsck_done(struct store_fsck *f);
#define auto_fsck __attribute__((cleanup(store_fsck_done))) struct store_fsck

/* True where something has to be imported again, or had to be repaired. */
static inline bool store_fsck_is_bad(const struct store_fsck *f)
{
	return f->damaged || f->missing || f->index.number;
}
