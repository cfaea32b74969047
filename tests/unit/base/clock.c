// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/clock.h"

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t s; /* 0: refused */
	} rows[] = {
		{ "90s", 90 }, { "30m", 1800 }, { "2h", 7200 }, { "1d", 86400 }, { "15", 15 },
		{ "0", 0 }, { "-1s", 0 }, { "", 0 }, { "m", 0 }, { "5 m", 0 }, { "5mm", 0 },
		{ "366d", 0 }, { "99999999999999999999s", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		int64_t s = 0;

		assert_int_equal(duration_parse(rows[i].text, &s, &err),
			rows[i].s ? 0 : -EINVAL);
		assert_int_equal(s, rows[i].s);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: refused */
	} rows[] = {
		{ "20G", 20ull << 30 }, { "512MiB", 512ull << 20 }, { "1.5T", 3ull << 39 },
		{ "2GB", 2000000000 }, { "4096", 4096 }, { "", 0 }, { "G", 0 }, { "-1G", 0 },
		{ "1X", 0 }, { "1GBB", 0 }, { "nan", 0 }, { "99999999P", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		uint64_t bytes = 0;

		assert_int_equal(size_parse(rows[i].text, &bytes, &err),
			rows[i].bytes ? 0 : -EINVAL);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

static void test_text(void **state)
{
	char out[TIME_TEXT_MAX], size[SIZE_TEXT_MAX];

	(void)state;
	assert_string_equal(time_format(1769860800123, out), "2026-01-31T12:00:00.123Z");
	assert_string_equal(duration_format(3200, out), "3.2 s");
	assert_string_equal(duration_format(45000, out), "45 s");
	assert_string_equal(duration_format(125000, out), "2 min 05 s");
	assert_string_equal(duration_format(7500000, out), "2 h 05 min");
	assert_string_equal(size_format(999, size), "999 B");
	assert_string_equal(size_format(18200000000ull, size), "18.2 GB");
	assert_string_equal(size_format(UINT64_MAX, size), "18.4 EB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
