// SPDX-License-Identifier: Apache-2.0
/*
 * The signatures of a bundle's statement: one or more of minisign's, four lines each, one behind
 * the other in slipway.json.minisig. `minisign -V` reads the first of them; `head` and `tail` cut
 * out the others.
 *
 * A signature of a trusted key must hold, or the bundle is refused. One of a key that is not
 * trusted is no more than a claim: it counts for nothing and takes nothing away.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "bundles/trust.h"

#define SIGNATURES_MAX       16 /* on one bundle */
#define SIGNATURES_FILE_MAX  (SIGNATURES_MAX * MINISIGN_FILE_MAX)
#define SIGNATURES_NAMES_MAX 512

struct signatures {
	size_t count;                         /* in the file */
	size_t trusted;                       /* of trusted keys, all of which hold */
	char names[SIGNATURES_NAMES_MAX];     /* those keys: "site, vendor" */
	char strangers[SIGNATURES_NAMES_MAX]; /* ids of the keys that are not trusted */
	char comment[MINISIGN_COMMENT_MAX];   /* the trusted comment of the first that counts */
};

/* Checks a file of signatures over p. 0: as many trusted keys signed as are needed; 1: fewer did;
 * -EBADMSG: it is no such file, a trusted key's signature does not hold, or a key signed twice. */
int signatures_check(const char *text, size_t n, const void *p, size_t p_size,
	const struct trust *trust, struct signatures *ret, struct error *err);

/* Raises that fewer trusted keys signed than are needed. */
int signatures_missing(const struct signatures *s, const struct trust *trust, struct error *err);

/* Appends a signature over p to the file's text in `out`. -EEXIST where the key signed already. */
int signatures_add(struct buf *out, const struct minisign_secret *key, const void *p, size_t p_size,
	const char *comment, struct error *err);
