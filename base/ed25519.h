// SPDX-License-Identifier: Apache-2.0
/* Ed25519 (RFC 8032) through OpenSSL: machine keys and bundle signatures. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define ED25519_KEY_SIZE       32 /* seed and public key alike */
#define ED25519_SIGNATURE_SIZE 64

/* Makes a new pair from the system's randomness. */
int ed25519_generate(uint8_t seed[static ED25519_KEY_SIZE], uint8_t pub[static ED25519_KEY_SIZE],
	struct error *err);
int ed25519_public(const uint8_t seed[static ED25519_KEY_SIZE],
	uint8_t pub[static ED25519_KEY_SIZE], struct error *err);
int ed25519_sign(const uint8_t seed[static ED25519_KEY_SIZE], const void *p, size_t n,
	uint8_t sig[static ED25519_SIGNATURE_SIZE], struct error *err);
/* 0 where the signature holds; -EBADMSG where it does not. */
int ed25519_verify(const uint8_t pub[static ED25519_KEY_SIZE], const void *p, size_t n,
	const uint8_t sig[static ED25519_SIGNATURE_SIZE], struct error *err);

/* n random bytes from the kernel; fails only where the kernel has none. */
int random_bytes(void *p, size_t n, struct error *err);
