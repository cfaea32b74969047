// SPDX-License-Identifier: Apache-2.0
/*
 * The keys a site trusts: minisign public keys, NAME.pub files in one folder. A bundle is taken
 * where one of them signed it.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "bundles/minisign.h"

#define TRUST_KEYS_MAX 64
#define TRUST_NAME_MAX 128

struct trust_key {
	char name[TRUST_NAME_MAX]; /* the file's name without ".pub" */
	struct minisign_public public;
};

struct trust {
	struct trust_key *keys; /* sorted by name */
	size_t count;
};

/* Reads every *.pub of a folder. A missing folder gives no keys; a file that is no key is an error.
 */
int trust_load(const char *dir, struct trust *ret, struct error *err);
/* Trusts the one key in a file. */
int trust_load_file(const char *path, struct trust *ret, struct error *err);
void trust_done(struct trust *t);
#define auto_trust __attribute__((cleanup(trust_done))) struct trust

/* The key of an id, or NULL. */
const struct trust_key *trust_find(
	const struct trust *t, const uint8_t id[static MINISIGN_ID_SIZE]);

/* Copies the key in a file into the folder, under the file's name. 1: it was there already. */
int trust_add(const char *dir, const char *path, struct trust_key *ret, struct error *err);
/* Removes a key by name or id. -ENOENT: there is none such. */
int trust_remove(const char *dir, const char *name_or_id, struct error *err);
