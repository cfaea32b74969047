// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "provisioner/cli/cli.h"

static const struct args *seen;
static struct args copy;
static enum cli_output seen_output;

static int run(const struct cli *cli, const struct args *args)
{
	copy = *args;
	seen = &copy;
	seen_output = cli->output;
	return 42;
}

static const struct flag flags[] = {
	{ .name = "count", .letter = 'n', .value = "N", .help = "how many", .required = true },
	{ .name = "force", .help = "do it" },
	{ NULL },
};
static const struct flag own_output[] = {
	{ .name = "output", .letter = 'o', .value = "FILE", .help = "where to" },
	{ NULL },
};
static const struct verb counting = { "verb", "M...", 1, 2, "h", flags, run };
static const struct verb writing = { "write", "", 0, 0, "h", own_output, run };
static const struct noun noun = { "noun", "h", &counting };

static int type(const struct verb *verb, const char *line)
{
	struct cli cli = { .program = "slipway" };
	char text[256];
	char *argv[16];
	char *rest = text;
	int argc = 0;

	seen = NULL;
	(void)snprintf(text, sizeof(text), "%s", line);
	for (char *word; (word = strsep(&rest, " "));)
		if (*word)
			argv[argc++] = word;
	return args_run(&cli, &noun, verb, argc, argv);
}

static void test_accepts(void **state)
{
	static const struct {
		const char *line, *count, *operand;
		int operands;
		bool force;
	} rows[] = {
		{ "r1 --count 3", "3", "r1", 1, false },
		{ "--count=3 r1", "3", "r1", 1, false },
		{ "-n3 r1 --force", "3", "r1", 1, true },
		{ "-n 3 r1 r2", "3", "r1", 2, false },
		{ "-n 1 -n 2 r1", "2", "r1", 1, false },
		{ "-n 1 -- --force", "1", "--force", 1, false },
		{ "-n 1 -", "1", "-", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(type(&counting, rows[i].line), 42);
		assert_string_equal(args_value(seen, "count"), rows[i].count);
		assert_int_equal(seen->n_operands, rows[i].operands);
		assert_string_equal(seen->operands[0], rows[i].operand);
		assert_int_equal(args_value(seen, "force") != NULL, rows[i].force);
	}
}

static void test_refuses(void **state)
{
	static const char *const rows[] = { "", "r1", "-n 1", "r1 r2 r3 -n 1", "r1 -n",
		"r1 -n 1 --no", "r1 -n 1 --force=yes", "r1 -n 1 -o nonsense",
		"r1 -n 1 --counts 2" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(type(&counting, rows[i]), CLI_USAGE);
		assert_null(seen);
	}
}

static void test_own_option_goes_first(void **state)
{
	(void)state;
	assert_int_equal(type(&writing, "-o file.bundle"), 42);
	assert_string_equal(args_value(seen, "output"), "file.bundle");
	assert_int_equal(seen_output, OUTPUT_TABLE);
	assert_int_equal(type(&counting, "r1 -n 1 -o jsonl"), 42);
	assert_int_equal(seen_output, OUTPUT_JSONL);
}

static void test_nearest(void **state)
{
	static const struct verb verbs[] = { { "approve", "", 0, 0, "", NULL, run },
		{ "list", "", 0, 0, "", NULL, run }, { NULL } };
	static const struct {
		const char *typed, *near;
	} rows[] = { { "aprove", "approve" }, { "approev", "approve" }, { "lst", "list" },
		{ "app", "approve" }, { "remove", NULL }, { "x", NULL }, { "", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct verb *near = verb_nearest(verbs, rows[i].typed);

		if (!rows[i].near)
			assert_null(near);
		else
			assert_string_equal(near->name, rows[i].near);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_own_option_goes_first),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
