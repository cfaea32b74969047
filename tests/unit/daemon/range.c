// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "provisioner/daemon/range.h"

static void test_ranges(void **state)
{
	static const struct {
		const char *header;
		uint64_t size;
		enum range_result result;
		uint64_t first, length;
	} rows[] = {
		{ NULL, 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-", 10, RANGE_PART, 0, 10 },
		{ "bytes=0-0", 10, RANGE_PART, 0, 1 },
		{ "bytes=3-5", 10, RANGE_PART, 3, 3 },
		{ "bytes=3-99", 10, RANGE_PART, 3, 7 },
		{ "bytes=-3", 10, RANGE_PART, 7, 3 },
		{ "bytes=-30", 10, RANGE_PART, 0, 10 },
		{ "bytes=-0", 10, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=10-", 10, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=0-", 0, RANGE_OUTSIDE, 0, 0 },
		{ "bytes=5000000000-", 6000000000, RANGE_PART, 5000000000, 1000000000 },
		{ "bytes=18446744073709551615-", 10, RANGE_OUTSIDE, 0, 0 },
		/* not understood: the whole is a right answer */
		{ "bytes=18446744073709551616-", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=5-3", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=0-1,3-4", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=-", 10, RANGE_WHOLE, 0, 0 },
		{ "bytes=a-b", 10, RANGE_WHOLE, 0, 0 },
		{ "lines=0-1", 10, RANGE_WHOLE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t first = 0, length = 0;

		assert_int_equal(
			range_parse(rows[i].header, rows[i].size, &first, &length), rows[i].result);
		if (rows[i].result != RANGE_PART)
			continue;
		assert_int_equal(first, rows[i].first);
		assert_int_equal(length, rows[i].length);
	}
}

static void test_etags(void **state)
{
	static const struct {
		const char *header, *tag;
		bool matches;
	} rows[] = { { NULL, "a", false }, { "\"a\"", "a", true }, { "W/\"a\"", "a", true },
		{ "\"b\", \"a\"", "a", true }, { "*", "a", true }, { "*", "", false },
		{ "\"ab\"", "a", false }, { "a", "a", false }, { "\"a", "a", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(etag_matches(rows[i].header, rows[i].tag), rows[i].matches);
}

static void test_if_range(void **state)
{
	static const struct {
		const char *header, *tag;
		bool holds;
	} rows[] = { { NULL, "a", true }, { NULL, "", true }, { "\"a\"", "a", true },
		{ "W/\"a\"", "a", false }, { "\"ab\"", "a", false }, { "\"a", "a", false },
		{ "\"\"", "", false }, { "Tue, 24 Nov 2026 13:00:00 GMT", "a", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(if_range_holds(rows[i].header, rows[i].tag), rows[i].holds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_etags),
		cmocka_unit_test(test_if_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
