// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "provisioner/model/mac.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		bool fine;
	} rows[] = {
		{ "52:54:00:12:34:56", true },
		{ "52-54-00-AB-cd-EF", true },
		{ "52:54-00:12:34:56", false },
		{ "52:54:00:12:34:5", false },
		{ "52:54:00:12:34:567", false },
		{ "5254.0012.3456", false },
		{ "52:54:00:12:34:5g", false },
		{ ":::::::::::::::::", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		struct mac mac;

		assert_int_equal(mac_parse(rows[i].text, &mac, &err) == 0, rows[i].fine);
	}
}

static void test_format_and_null(void **state)
{
	struct mac mac = { { 0x52, 0x54, 0, 0xab, 0xcd, 0xef } };
	char text[MAC_TEXT_MAX];

	(void)state;
	assert_string_equal(mac_format(&mac, text), "52:54:00:ab:cd:ef");
	assert_false(mac_is_null(&mac));
	assert_true(mac_is_null(&(struct mac){ { 0 } }));
	assert_true(mac_is_null(&(struct mac){ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }));
	assert_true(mac_is_null(&(struct mac){ { 0x01, 0x00, 0x5e, 0, 0, 1 } }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_format_and_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
