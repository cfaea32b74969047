// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/error.h"

static void test_context_goes_in_front(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(fail(&err, ENOENT, "opening '%s'", "/dev/sda"), -ENOENT);
	assert_int_equal(fail_in(&err, "installing '%s'", "debian-12"), -ENOENT);
	assert_string_equal(err.text,
		"installing 'debian-12': opening '/dev/sda': No such file or directory");
	assert_string_equal(err.code, "");
}

static void test_stays_one_line(void **state)
{
	struct error err = { 0 };

	(void)state;
	(void)fail_code(&err, EINVAL, "SW-1001", "%s", "a\nb\x1b[31m");
	assert_string_equal(err.text, "a?b?[31m");
	assert_string_equal(err.code, "SW-1001");
}

static void test_long_text_is_cut(void **state)
{
	struct error err = { 0 };
	char text[3 * ERROR_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(fail(&err, 0, "%s", text), -EIO);
	assert_int_equal(fail_in(&err, "%s", text), -EIO);
	assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_context_goes_in_front),
		cmocka_unit_test(test_stays_one_line),
		cmocka_unit_test(test_long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
