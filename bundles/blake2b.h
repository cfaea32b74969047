// SPDX-License-Identifier: Apache-2.0
/*
 * BLAKE2b (RFC 7693) without a key, of any output size. OpenSSL gives 64 bytes only; minisign's
 * secret keys carry a checksum of 32. For small inputs: whole files are hashed by OpenSSL.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Writes out_size (1 to 64) bytes of hash over n bytes. */
void blake2b(const uint8_t *p, size_t n, uint8_t *out, size_t out_size);
