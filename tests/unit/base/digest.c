// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/digest.h"

/* FIPS 180-4, "abc" */
#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void test_known_answer(void **state)
{
	auto_digest s = { 0 };
	struct error err = { 0 };
	struct digest d, again;
	char text[DIGEST_TEXT_MAX];

	(void)state;
	assert_int_equal(digest_start(&s, &err), 0);
	assert_int_equal(digest_update(&s, "a", 1, &err), 0);
	assert_int_equal(digest_update(&s, "bc", 2, &err), 0);
	assert_int_equal(digest_end(&s, &d, &err), 0);
	assert_string_equal(digest_format(&d, text), ABC);
	assert_int_equal(digest_of("abc", 3, &again, &err), 0);
	assert_true(digest_equal(&d, &again));
	assert_int_equal(digest_parse(ABC, &again, &err), 0);
	assert_true(digest_equal(&d, &again));
}

static void test_refuses(void **state)
{
	static const char *const rows[] = { "", "sha256:", "sha512:ab", ABC "0",
		"sha256:BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha256:zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha256:../../../../../../../../../../../../../../../../../../etc/passwd" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		struct digest d;

		assert_int_equal(digest_parse(rows[i], &d, &err), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
