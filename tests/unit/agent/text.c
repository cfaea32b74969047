// SPDX-License-Identifier: Apache-2.0
/* Text from hardware. */
#include "tests/unit/unit.h"

#include "base/encode.h"
#include "provisioner/agent/text.h"

static void cleans(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "PowerEdge R650", "PowerEdge R650" },
		{ "  padded \t twice  \n", "padded twice" },
		{ "a\x1b[2J\x07z", "a[2Jz" },
		{ "Gr\xc3\xbc\xc3\x9f", "Gr\xc3\xbc\xc3\x9f" },
		{ "bad \xff\xfe\xc3 bytes", "bad bytes" },
		{ "cut \xe2\x82", "cut" },
		{ "c1 \xc2\x9b"
		  "31m",
			"c1 31m" },
		{ "over\xe2\x80\xaeride", "override" },
		{ "surrogate \xed\xa0\x80.", "surrogate ." },
		{ "\"quotes' ${x} `y` <b>", "\"quotes' ${x} `y` <b>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[TEXT_MAX];

		assert_string_equal(
			text_clean(rows[i].in, strlen(rows[i].in), out, sizeof(out)), rows[i].out);
		assert_true(utf8_valid(out, strlen(out)));
	}
}

static void ends_between_characters(void **state)
{
	char out[5];

	(void)state;
	assert_string_equal(text_clean("abc\xc3\xbc", 5, out, sizeof(out)), "abc");
	assert_string_equal(text_clean("ab\xc3\xbc", 4, out, sizeof(out)), "ab\xc3\xbc");
	assert_string_equal(text_clean("abc d", 5, out, sizeof(out)), "abc");
	assert_string_equal(text_clean("a\0b", 3, out, sizeof(out)), "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleans),
		cmocka_unit_test(ends_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
