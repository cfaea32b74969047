// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/ed25519.h"
#include "base/encode.h"

/* RFC 8032, section 7.1, test 2 */
static void test_known_answer(void **state)
{
	uint8_t seed[32], pub[32], want[64], sig[64];
	struct error err = { 0 };

	(void)state;
	hex_parse("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, 32, &err);
	hex_parse("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00", want, 64, &err);
	assert_int_equal(ed25519_public(seed, pub, &err), 0);
	assert_int_equal(ed25519_sign(seed, "r", 1, sig, &err), 0);
	assert_memory_equal(sig, want, 64);
	assert_int_equal(ed25519_verify(pub, "r", 1, sig, &err), 0);
	assert_int_equal(ed25519_verify(pub, "s", 1, sig, &err), -EBADMSG);
	sig[10] ^= 1;
	assert_int_equal(ed25519_verify(pub, "r", 1, sig, &err), -EBADMSG);
}

static void test_new_pairs_differ(void **state)
{
	uint8_t seed[2][32], pub[2][32];
	struct error err = { 0 };

	(void)state;
	assert_int_equal(ed25519_generate(seed[0], pub[0], &err), 0);
	assert_int_equal(ed25519_generate(seed[1], pub[1], &err), 0);
	assert_memory_not_equal(pub[0], pub[1], 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_new_pairs_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
