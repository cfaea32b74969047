// SPDX-License-Identifier: Apache-2.0
/* BLAKE2b against OpenSSL's (64 bytes) at every length around a block, and a known 32-byte hash. */
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/encode.h"
#include "bundles/blake2b.h"

static void blake2b_is_openssls(void **state)
{
	uint8_t input[300];

	(void)state;
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n <= sizeof(input); n++) {
		uint8_t ours[64];
		uint8_t theirs[64];

		blake2b(input, n, ours, sizeof(ours));
		assert_int_equal(EVP_Digest(input, n, theirs, NULL, EVP_blake2b512(), NULL), 1);
		assert_memory_equal(ours, theirs, sizeof(ours));
	}
}

static void blake2b_of_32_bytes(void **state)
{
	uint8_t hash[32];
	char text[65];

	(void)state;
	blake2b((const uint8_t *)"abc", 3, hash, sizeof(hash));
	hex_format(hash, sizeof(hash), text);
	assert_string_equal(
		text, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blake2b_is_openssls),
		cmocka_unit_test(blake2b_of_32_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
