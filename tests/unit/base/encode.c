// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/encode.h"

/* RFC 4648, section 10 */
static void test_base64(void **state)
{
	static const struct {
		const char *plain, *text;
	} rows[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[BASE64_SIZE(6)];
		uint8_t plain[6];
		struct error err = { 0 };
		size_t n = 0;

		base64_format((const uint8_t *)rows[i].plain, strlen(rows[i].plain), text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(base64_parse(text, strlen(text), plain, 6, &n, &err), 0);
		assert_int_equal(n, strlen(rows[i].plain));
		assert_memory_equal(plain, rows[i].plain, n);
	}
}

static void test_base64_refuses(void **state)
{
	static const char *const rows[] = { "Z", "Zg=", "Zg", "Zh==", "Z===", "====", "Zm9v\n",
		"Z-9v", "Zg==Zg==", "Zm9vYmFyZg==" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		uint8_t out[6];
		size_t n;

		assert_true(base64_parse(rows[i], strlen(rows[i]), out, 6, &n, &err) < 0);
	}
}

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = { { "plain", true }, { "\xc3\xa4", true }, { "\xe2\x82\xac", true },
		{ "\xf0\x9f\x9a\xa2", true }, { "\xff", false }, { "\xc0\x80", false },
		{ "\xe0\x80\x80", false }, { "\xed\xa0\x80", false }, { "\xf4\x90\x80\x80", false },
		{ "\xc3", false }, { "\x80", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(utf8_valid(rows[i].text, strlen(rows[i].text)), rows[i].valid);
	assert_false(utf8_valid("a\0b", 3));
}

static void test_base64url(void **state)
{
	char text[BASE64_SIZE(2)];

	(void)state;
	base64url_format((const uint8_t *)"\xfb\xff", 2, text);
	assert_string_equal(text, "-_8");
}

static void test_utf8_copy(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = { { "", "" }, { "abc", "abc" }, { "abcd", "abc" }, { "ab\xc3\xa4", "ab" },
		{ "a\xc3\xa4", "a\xc3\xa4" }, { "\xf0\x9f\x98\x80", "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[4];

		utf8_copy(out, sizeof(out), rows[i].text);
		assert_string_equal(out, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_refuses),
		cmocka_unit_test(test_base64url),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_utf8_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
