// SPDX-License-Identifier: Apache-2.0
/*
 * What a site has already, so that a delta can leave it out: the blobs of a bundle that it was
 * given, or a list that it exported (`slipway store export-list`): one "sha256:<hex>" a line, with
 * empty lines and "#" comments. Neither has to be trusted: an import checks what it needs itself.
 */
#pragma once

#include <stddef.h>

#include "bundles/statement.h"

#define SINCE_LIST_MAX (64u << 20) /* bytes of a list: about 900,000 digests */

struct since {
	struct digest *digests; /* sorted */
	size_t count;
};

/* Reads the blobs of a bundle's statement; those that it left out itself are among them. */
int since_load_bundle(const char *path, struct since *ret, struct error *err);
int since_load_list(const char *path, struct since *ret, struct error *err);
/* The text of a list. -EINVAL (SW-6006) names the line that is no digest. */
int since_parse_list(const char *p, size_t n, struct since *ret, struct error *err);
void since_done(struct since *s);
#define auto_since __attribute__((cleanup(since_done))) struct since

/* Marks the blobs of a statement that the site has. */
void since_apply(const struct since *s, struct statement *st);
