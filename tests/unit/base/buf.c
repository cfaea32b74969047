// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/buf.h"

static void test_grows(void **state)
{
	auto_buf b = { 0 };

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i % 10);
	assert_int_equal(b.len, 2000);
	assert_memory_equal(buf_str(&b) + 1994, "7,8,9,", 7);
	assert_false(b.failed);
}

static void test_keeps_its_maximum(void **state)
{
	auto_buf b = { .max = 4 };
	struct error err = { 0 };

	(void)state;
	buf_puts(&b, "abcd");
	assert_int_equal(buf_check(&b, "x", &err), 0);
	buf_puts(&b, "e");
	assert_string_equal(buf_str(&b), "abcd");
	assert_int_equal(buf_check(&b, "x", &err), -EFBIG);
	buf_reset(&b);
	buf_puts(&b, "f");
	assert_string_equal(buf_str(&b), "f");
}

static void test_take_gives_a_string(void **state)
{
	auto_buf b = { 0 };
	struct error err = { 0 };
	char *text = NULL;

	(void)state;
	assert_int_equal(buf_take(&b, &text, &err), 0);
	assert_string_equal(text, "");
	free(text);
	assert_null(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_keeps_its_maximum),
		cmocka_unit_test(test_take_gives_a_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
