// SPDX-License-Identifier: Apache-2.0
/*
 * A bundle's statement, the file slipway.json that is signed: which bundle this is, and the digest
 * and size of every blob it brings. Once its signature holds, nothing else in the bundle needs to
 * be believed. statement.c tells the format.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"

#define STATEMENT_MAX      (4u << 20) /* bytes */
#define STATEMENT_NAME_MAX 64
#define STATEMENT_FILE     "slipway.json"
#define STATEMENT_SIG_FILE "slipway.json.minisig"

struct statement_blob {
	struct digest digest;
	uint64_t size; /* bytes */
	bool absent;   /* not in the bundle: the store that takes it in must have it */
};

struct statement {
	char name[STATEMENT_NAME_MAX];
	uint64_t version;             /* 1 or more; never falls for one name */
	char created[TIME_TEXT_MAX];  /* RFC 3339, or "" */
	struct statement_blob *blobs; /* sorted by digest, each once */
	size_t blob_count;
	uint64_t blob_bytes;   /* sum of their sizes */
	size_t absent_count;   /* how many of them are not in the bundle */
	uint64_t absent_bytes; /* and the sum of their sizes */
	json_t *entries;       /* descriptors for index.json, each with a name */
};

/* Reads the text of a statement, whose signature holds. */
int statement_parse(const void *p, size_t n, struct statement *ret, struct error *err);
/* The text of a statement: the same content always gives the same bytes. Caller frees. */
int statement_format(const struct statement *s, char **ret, struct error *err);
void statement_done(struct statement *s);
#define auto_statement __attribute__((cleanup(statement_done))) struct statement

/* The blob of a digest, or NULL. */
const struct statement_blob *statement_find(const struct statement *s, const struct digest *d);

/* True for [a-z0-9] and, inside, [a-z0-9._-], at most 63 characters. */
bool statement_name_valid(const char *name);
