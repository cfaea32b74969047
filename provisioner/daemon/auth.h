// SPDX-License-Identifier: Apache-2.0
/*
 * Proof that an agent holds its key, and the tokens that follow from it. Nonces live in memory: one
 * use, five minutes, the oldest dropped past a limit. What is proved here says which key speaks;
 * whether it may have anything is for enrolment and approval.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/ed25519.h"
#include "base/error.h"

#define AUTH_NONCE_SIZE   32
#define AUTH_NONCES_MAX   4096
#define AUTH_NONCE_FOR_MS (5 * 60 * 1000)
#define AUTH_TOKEN_MAX    48 /* 32 bytes in base64url and NUL */
#define AUTH_CODE_MAX     10 /* "1234-5678" and NUL */

struct auth;
int auth_new(const struct digest *pin, struct auth **ret, struct error *err);
void auth_free(struct auth *a);

/* A nonce for this key alone. */
int auth_hello(struct auth *a, const uint8_t key[static ED25519_KEY_SIZE], int64_t now_ms,
	uint8_t ret_nonce[static AUTH_NONCE_SIZE], struct error *err);

struct auth_proof {
	uint8_t key[ED25519_KEY_SIZE];
	uint8_t nonce[AUTH_NONCE_SIZE];
	uint8_t signature[ED25519_SIGNATURE_SIZE];
	const char *inventory; /* the text that was signed */
	size_t inventory_size;
};

/* Uses the nonce up and checks the signature; -EACCES with SW-5003 where either is wrong. */
int auth_prove(struct auth *a, const struct auth_proof *p, int64_t now_ms, struct error *err);

/* The code shown on both screens. */
int auth_check_code(const struct auth *a, const struct auth_proof *p,
	char out[static AUTH_CODE_MAX], struct error *err);

/* A new token: its text for the agent, its digest to keep. */
int auth_mint_token(char out[static AUTH_TOKEN_MAX], struct digest *ret, struct error *err);
/* The digest of a token that came in an Authorization header; -EACCES where that is not of our
 * form. */
int auth_read_token(const char *header, struct digest *ret, struct error *err);
