// SPDX-License-Identifier: Apache-2.0
/*
 * Making a bundle from a recipe, on the connected side. Everything goes into a staging store beside
 * the output, then into the archive, which takes its name when it is whole and synced. The same
 * input gives the same bytes; SOURCE_DATE_EPOCH bounds the times in it (1970 where it is unset).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/minisign.h"
#include "bundles/statement.h"

struct create_options {
	const char *recipe; /* path */
	const char *output; /* path; an existing file is replaced */
	const struct minisign_secret *key;
	const char *since;      /* a bundle that the site has: its blobs are left out; NULL: none */
	const char *since_list; /* the same from a list of digests */
	bool zstd;              /* compresses the whole bundle; layers are compressed either way */
	/* Called when a step begins, in words ("os/debian-12-node: making a Debian bookworm"). */
	void (*step)(const char *text, void *arg);
	/* Called while the archive is written. */
	void (*progress)(uint64_t done_bytes, uint64_t total_bytes, void *arg);
	void *arg; /* of both, which may be NULL */
};

/* Makes the bundle; *ret is its statement, *ret_summary what in it is big (summary.h). The caller
 * owns both. */
int create_bundle(const struct create_options *options, struct statement *ret, json_t **ret_summary,
	struct error *err);
