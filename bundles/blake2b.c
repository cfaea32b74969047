// SPDX-License-Identifier: Apache-2.0
/* BLAKE2b as RFC 7693, section 3 writes it down, in its order and with its names. */
#include "bundles/blake2b.h"

#include <endian.h>
#include <string.h>

#define BLOCK  128
#define ROUNDS 12

static const uint64_t iv[8] = {
	0x6a09e667f3bcc908,
	0xbb67ae8584caa73b,
	0x3c6ef372fe94f82b,
	0xa54ff53a5f1d36f1,
	0x510e527fade682d1,
	0x9b05688c2b3e6c1f,
	0x1f83d9abfb41bd6b,
	0x5be0cd19137e2179,
};

static const uint8_t sigma[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static uint64_t rotate(uint64_t x, unsigned int n)
{
	return (x >> n) | (x << (64 - n));
}

/* Section 3.1: mixing. */
static void mix(uint64_t v[16], const uint8_t at[4], uint64_t x, uint64_t y)
{
	uint8_t a = at[0];
	uint8_t b = at[1];
	uint8_t c = at[2];
	uint8_t d = at[3];

	v[a] = v[a] + v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 32);
	v[c] = v[c] + v[d];
	v[b] = rotate(v[b] ^ v[c], 24);
	v[a] = v[a] + v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] = v[c] + v[d];
	v[b] = rotate(v[b] ^ v[c], 63);
}

/* Section 3.2: compression of one block; `total` counts the bytes up to its end. */
static void compress(uint64_t h[8], const uint8_t block[BLOCK], uint64_t total, int last)
{
	static const uint8_t lanes[8][4] = {
		{ 0, 4, 8, 12 },
		{ 1, 5, 9, 13 },
		{ 2, 6, 10, 14 },
		{ 3, 7, 11, 15 },
		{ 0, 5, 10, 15 },
		{ 1, 6, 11, 12 },
		{ 2, 7, 8, 13 },
		{ 3, 4, 9, 14 },
	};
	uint64_t v[16];
	uint64_t m[16];

	memcpy(m, block, BLOCK);
	for (int i = 0; i < 16; i++)
		m[i] = le64toh(m[i]);
	memcpy(v, h, 64);
	memcpy(v + 8, iv, 64);
	v[12] ^= total;
	if (last)
		v[14] = ~v[14];
	for (int i = 0; i < ROUNDS; i++)
		for (int j = 0; j < 8; j++)
			mix(v, lanes[j], m[sigma[i % 10][2 * j]], m[sigma[i % 10][2 * j + 1]]);
	for (int i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[i + 8];
}

/* Section 3.3. */
void blake2b(const uint8_t *p, size_t n, uint8_t *out, size_t out_size)
{
	uint8_t block[BLOCK] = { 0 };
	uint64_t h[8];
	uint64_t total = 0;

	memcpy(h, iv, sizeof(h));
	h[0] ^= 0x01010000 ^ out_size;
	for (; n > BLOCK; p += BLOCK, n -= BLOCK)
		compress(h, p, total += BLOCK, 0);
	if (n > 0)
		memcpy(block, p, n);
	compress(h, block, total + n, 1);
	for (int i = 0; i < 8; i++)
		h[i] = htole64(h[i]);
	memcpy(out, h, out_size);
}
