// SPDX-License-Identifier: Apache-2.0
/* What the files of trust share: trust.c, trust_key.c and trust_replace.c. Nobody else's. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/buf.h"
#include "bundles/trust.h"

#define TRUST_SUFFIX    ".pub"
#define TRUST_REPLACED  ".replaced"
#define TRUST_THRESHOLD "threshold"

/* Reads a key's file; its bytes go to `text` too. Its name is the file's. */
int trust_key_read(
	int dir_fd, const char *path, struct buf *text, struct trust_key *ret, struct error *err);
/* Puts a key into the folder under its name, in the place of what has that name. */
int trust_key_write(const char *dir, const struct trust_key *key, struct error *err);
/* Removes a key's file. */
int trust_key_unlink(const char *dir, const char *name, struct error *err);

/* The id of the key that replaced this one; false where none did. */
bool trust_successor(
	int dir_fd, const uint8_t id[static MINISIGN_ID_SIZE], char out[static MINISIGN_ID_TEXT]);
/* Refuses a key that was replaced (-EPERM). */
int trust_refuse_replaced(const char *dir, const struct trust_key *key, struct error *err);
