// SPDX-License-Identifier: Apache-2.0
/* The machine's key and check code. The expected values were computed by hand with Python. */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "provisioner/agent/identity.h"

static const struct digest pin = { { 1, 2, 3 } };
static const uint8_t nonce[IDENTITY_NONCE_SIZE] = { 9, 8, 7 };

static void proves_its_key(void **state)
{
	struct identity id;
	struct error err = { 0 };
	struct digest d;
	uint8_t sig[ED25519_SIGNATURE_SIZE], message[17 + 96] = "slipway-enrol-v1";

	(void)state;
	assert_int_equal(identity_new(&id, &err), 0);
	assert_int_equal(identity_sign(&id, &pin, nonce, "{}", sig, &err), 0);
	memcpy(message + 17, pin.bytes, 32);
	memcpy(message + 49, nonce, 32);
	assert_int_equal(digest_of("{}", 2, &d, &err), 0);
	memcpy(message + 81, d.bytes, 32);
	assert_int_equal(ed25519_verify(id.pub, message, sizeof(message), sig, &err), 0);
	message[50]++;
	assert_int_not_equal(ed25519_verify(id.pub, message, sizeof(message), sig, &err), 0);
	identity_done(&id);
}

static void shows_eight_digits(void **state)
{
	static const uint8_t keys[2][ED25519_KEY_SIZE] = { { 0 }, { 66 } };
	static const char *const codes[2] = { "8728-0001", "7233-3986" };
	char code[CHECK_CODE_MAX];
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(identity_check_code(keys[i], &pin, nonce, code, &err), 0);
		assert_string_equal(code, codes[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proves_its_key),
		cmocka_unit_test(shows_eight_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
