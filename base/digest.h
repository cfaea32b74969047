// SPDX-License-Identifier: Apache-2.0
/*
 * SHA-256 digests as OCI writes them ("sha256:" and 64 lower-case hex digits; image-spec,
 * descriptor.md, "Digests"). Hashing is OpenSSL's EVP.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DIGEST_SIZE     32
#define DIGEST_TEXT_MAX 72 /* "sha256:" + 64 + NUL */

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

/* A running hash. Zeroed is not started; digest_start allocates, digest_end or digest_stop frees. */
struct digest_state {
	void *ctx;
};

int digest_start(struct digest_state *s, struct error *err);
int digest_update(struct digest_state *s, const void *p, size_t n, struct error *err);
int digest_end(struct digest_state *s, struct digest *ret, struct error *err);
/* The digest of what came so far; the hash goes on. */
int digest_peek(const struct digest_state *s, struct digest *ret, struct error *err);
void digest_stop(struct digest_state *s);
#define auto_digest __attribute__((cleanup(digest_stop))) struct digest_state

int digest_of(const void *p, size_t n, struct digest *ret, struct error *err);

/* "sha256:<hex>" to bytes; anything else is -EINVAL. */
int digest_parse(const char *text, struct digest *ret, struct error *err);
/* 64 hex digits alone, as in blobs/sha256/<hex>. */
int digest_parse_hex(const char *hex, struct digest *ret, struct error *err);

/* Writes "sha256:<hex>"; returns out. */
const char *digest_format(const struct digest *d, char out[static DIGEST_TEXT_MAX]);
/* The hex part alone; returns out. */
const char *digest_hex(const struct digest *d, char out[static DIGEST_TEXT_MAX]);

bool digest_equal(const struct digest *a, const struct digest *b);
