// SPDX-License-Identifier: Apache-2.0
/* Lists of what a site has. */
#include "tests/unit/unit.h"

#include "bundles/since.h"

#define ONES "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "sha256:2222222222222222222222222222222222222222222222222222222222222222"

static const struct {
	const char *text;
	size_t count;
	const char *error; /* NULL: it is a list */
} rows[] = {
	{ "", 0, NULL },
	{ "\n# nothing\n  \t# at all\n", 0, NULL },
	{ TWOS "\n" ONES, 2, NULL },
	{ "  " ONES " # the base\r\n", 1, NULL },
	{ ONES "\n" ONES "\n", 2, NULL },
	{ "\n" ONES "0\n", 0, "line 2" },
	{ "1111\n", 0, "line 1" },
	{ ONES " " TWOS "\n", 0, "line 1" },
};

static void list_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_since s = { 0 };
		struct error err = { 0 };
		int r = since_parse_list(rows[i].text, strlen(rows[i].text), &s, &err);

		if (!rows[i].error && (r < 0 || s.count != rows[i].count))
			test_failed("row %zu: %zu digests, %s", i, s.count, err.text);
		if (rows[i].error && (r == 0 || !strstr(err.text, rows[i].error)))
			test_failed("row %zu: '%s' is not in '%s'", i, rows[i].error, err.text);
	}
}

static void only_what_the_site_has_is_absent(void **state)
{
	auto_since s = { 0 };
	struct error err = { 0 };
	struct statement_blob blobs[2] = { { .size = 5 }, { .size = 7 } };
	struct statement st = { .blobs = blobs, .blob_count = 2 };

	(void)state;
	assert_int_equal(digest_parse(ONES, &blobs[0].digest, &err), 0);
	assert_int_equal(digest_parse(TWOS, &blobs[1].digest, &err), 0);
	assert_int_equal(since_parse_list(TWOS "\n", strlen(TWOS) + 1, &s, &err), 0);
	since_apply(&s, &st);
	since_apply(&s, &st);
	assert_int_equal(st.absent_count, 1);
	assert_int_equal(st.absent_bytes, 7);
	assert_true(blobs[1].absent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_rows),
		cmocka_unit_test(only_what_the_site_has_is_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
