// SPDX-License-Identifier: Apache-2.0
/*
 * The keys a site trusts: minisign public keys, NAME.pub files in one folder. A bundle is taken
 * where as many of them signed it as the folder's file `threshold` says; without it, one.
 *
 * A key that was replaced by another leaves a file ID.replaced with the id of its successor in it,
 * and is never trusted again.
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
	size_t threshold; /* keys that must have signed; 0: one */
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

/* How many of the keys must have signed a bundle: 1 or more. */
static inline size_t trust_needed(const struct trust *t)
{
	return t->threshold ? t->threshold : 1;
}

/* Copies the key in a file into the folder, under the file's name. 1: it was there already.
 * -EEXIST where the name or the id is taken, -EPERM where the key was replaced. */
int trust_add(const char *dir, const char *path, struct trust_key *ret, struct error *err);
/* Removes a key by name or id. -ENOENT: there is none such; -EPERM: too few would be left. */
int trust_remove(const char *dir, const char *name_or_id, struct error *err);
/* Sets how many keys must have signed. -EINVAL where there are not as many keys. */
int trust_set_threshold(const char *dir, size_t k, struct error *err);

/* Trusts the key in the file `path` in the place of the trusted key that signed this very file with
 * the signature in `signature`. One rename makes it so; the old key cannot come back. Refusals:
 * -EBADMSG (the signature), -EEXIST (the name or id is taken), -EPERM (it was replaced itself). */
int trust_replace(const char *dir, const char *path, const char *signature,
	struct trust_key *ret_old, struct trust_key *ret_new, struct error *err);
