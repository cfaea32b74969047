// SPDX-License-Identifier: Apache-2.0
/* Several signatures of one statement: which of them count, and what is refused. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "bundles/signatures.h"

#define KEYS 3

static const char text[] = "{\"what\": \"is signed\"}";
static struct minisign_secret secrets[KEYS];
static struct trust_key keys[KEYS];

static int setup(void **state)
{
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i < KEYS; i++) {
		if (minisign_generate(&secrets[i], &err) < 0)
			return -1;
		keys[i].public = secrets[i].public;
		(void)snprintf(keys[i].name, sizeof(keys[i].name), "key-%d", i);
	}
	return 0;
}

/* The signatures of the keys whose digits are in `who`. */
static void sign(struct buf *out, const char *who)
{
	struct error err = { 0 };

	for (; *who; who++)
		assert_int_equal(signatures_add(out, &secrets[*who - '0'], text, strlen(text),
					 "comment", &err),
			0);
}

static const struct {
	const char *signers;
	size_t trusted; /* the first so many keys */
	size_t threshold;
	int outcome;
	const char *code;
} cases[] = {
	{ "0", 1, 0, 0, "" },
	{ "0", 1, 1, 0, "" },
	{ "2", 1, 1, 1, "SW-2003" },
	{ "2", 0, 1, 1, "SW-2013" },
	{ "20", 1, 1, 0, "" },
	{ "01", 2, 2, 0, "" },
	{ "10", 2, 2, 0, "" },
	{ "0", 2, 2, 1, "SW-2040" },
	{ "02", 2, 2, 1, "SW-2040" },
	{ "021", 2, 2, 0, "" },
	{ "012", 3, 3, 0, "" },
	{ "012", 3, 2, 0, "" },
};

static void signatures_count_trusted_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct trust trust = { keys, cases[i].trusted, cases[i].threshold };
		auto_buf file = { .max = SIGNATURES_FILE_MAX };
		struct signatures s = { 0 };
		struct error err = { 0 };
		int r;

		sign(&file, cases[i].signers);
		r = signatures_check(file.data, file.len, text, strlen(text), &trust, &s, &err);
		if (r != cases[i].outcome || s.count != strlen(cases[i].signers))
			test_failed("case %zu: %d, %zu signatures", i, r, s.count);
		if (r == 1)
			assert_int_equal(signatures_missing(&s, &trust, &err), -EBADMSG);
		assert_string_equal(err.code, cases[i].code);
	}
}

static void signatures_refuse_changed_bytes(void **state)
{
	const struct trust trust = { keys, 2, 2 };
	auto_buf file = { .max = SIGNATURES_FILE_MAX };
	struct signatures s;

	(void)state;
	sign(&file, "01");
	for (size_t i = 0; i < file.len; i++) {
		struct error err = { 0 };

		file.data[i] ^= 1;
		if (signatures_check(file.data, file.len, text, strlen(text), &trust, &s, &err) ==
			0)
			test_failed("a change of byte %zu was taken", i);
		file.data[i] ^= 1;
	}
	for (size_t n = 0; n < file.len; n++) {
		struct error err = { 0 };

		if (signatures_check(file.data, n, text, strlen(text), &trust, &s, &err) == 0)
			test_failed("the first %zu bytes were taken", n);
	}
}

static void signatures_refuse_a_second_of_one_key(void **state)
{
	const struct trust trust = { keys, 2, 2 };
	auto_buf file = { .max = SIGNATURES_FILE_MAX };
	auto_buf twice = { .max = SIGNATURES_FILE_MAX };
	struct signatures s;
	struct error err = { 0 };

	(void)state;
	sign(&file, "0");
	assert_int_equal(
		signatures_add(&file, &secrets[0], text, strlen(text), "x", &err), -EEXIST);
	assert_string_equal(err.code, "SW-2041");
	buf_add(&twice, file.data, file.len);
	buf_add(&twice, file.data, file.len);
	assert_int_equal(
		signatures_check(twice.data, twice.len, text, strlen(text), &trust, &s, &err),
		-EBADMSG);
	assert_non_null(strstr(err.text, "twice"));
}

static void signatures_are_limited(void **state)
{
	auto_buf file = { .max = SIGNATURES_FILE_MAX };
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i <= SIGNATURES_MAX; i++) {
		struct minisign_secret one;
		int r = minisign_generate(&one, &err);

		assert_int_equal(r, 0);
		r = signatures_add(&file, &one, text, strlen(text), "comment", &err);
		assert_int_equal(r, i < SIGNATURES_MAX ? 0 : -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_count_trusted_keys),
		cmocka_unit_test(signatures_refuse_changed_bytes),
		cmocka_unit_test(signatures_refuse_a_second_of_one_key),
		cmocka_unit_test(signatures_are_limited),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
