// SPDX-License-Identifier: Apache-2.0
/*
 * Who this machine is to the appliance: an Ed25519 key made at start and kept in memory only, the
 * proof that we hold it, and the check code that both screens show.
 */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/ed25519.h"
#include "base/error.h"

#define IDENTITY_NONCE_SIZE 32
#define CHECK_CODE_MAX      10 /* "1234-5678" and NUL */

struct identity {
	uint8_t seed[ED25519_KEY_SIZE]; /* secret */
	uint8_t pub[ED25519_KEY_SIZE];
};

int identity_new(struct identity *ret, struct error *err);
void identity_done(struct identity *id); /* wipes it */

/* Signs "slipway-enrol-v1" NUL, the appliance's pin, its nonce and SHA-256 of the inventory as it
 * is sent: the proof holds for this appliance, this moment and these words only. */
int identity_sign(const struct identity *id, const struct digest *pin,
	const uint8_t nonce[static IDENTITY_NONCE_SIZE], const char *inventory,
	uint8_t sig[static ED25519_SIGNATURE_SIZE], struct error *err);

/* The eight digits: SHA-256 over "slipway-code-v1" NUL, pin, public key and nonce; its first eight
 * bytes as a big-endian number modulo 10^8. An appliance in between has another pin or key. */
int identity_check_code(const uint8_t pub[static ED25519_KEY_SIZE], const struct digest *pin,
	const uint8_t nonce[static IDENTITY_NONCE_SIZE], char out[static CHECK_CODE_MAX],
	struct error *err);
