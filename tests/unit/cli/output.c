// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "provisioner/cli/output.h"

static void test_text_is_harmless(void **state)
{
	static const struct {
		const char *raw, *clean;
	} rows[] = {
		{ "plain", "plain" },
		{ "Größe 字", "Größe 字" },
		{ "\x1b[31mred", "?[31mred" },
		{ "a\nb\tc\rd", "a?b?c?d" },
		{ "\x7f", "?" },
		{ "\xc2\x9b"
		  "31m",
			"?31m" },
		{ "a\xe2\x80\xae"
		  "b",
			"a?b" },
		{ "a\xe2\x81\xa6z", "a?z" },
		{ "\xff\xfe", "??" },
		{ "\xc3", "?" },
		{ "\xed\xa0\x80", "???" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf out = { .max = 256 };

		text_clean(&out, rows[i].raw);
		assert_string_equal(buf_str(&out), rows[i].clean);
	}
	assert_int_equal(text_width("Größe 字"), 7);
}

/* What output_items prints, caught from stdout. */
static void items_catch(enum cli_output format, const json_t *items, char *out, size_t size)
{
	static const struct column columns[] = {
		{ "NAME", false, "name", NULL },
		{ "SERIAL", true, "dmi/serial", NULL },
		{ "ROOM", false, "room", NULL },
		{ NULL },
	};
	struct cli cli = { .output = format };
	auto_file FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);
	size_t n;

	assert_non_null(file);
	(void)fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	output_items(&cli, items, columns, "name");
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	(void)close(saved);
	rewind(file);
	n = fread(out, 1, size - 1, file);
	out[n] = '\0';
}

static void test_formats(void **state)
{
	auto_json json_t *items = json_pack("[{s:s,s:i,s:{s:s}},{s:s}]", "name", "r1", "room", 5,
		"dmi", "serial", "S\x1b", "name", "rack-12");
	static const struct {
		enum cli_output format;
		const char *text;
	} rows[] = {
		{ OUTPUT_TABLE, "NAME     ROOM\nr1       5\nrack-12  -\n" },
		{ OUTPUT_WIDE, "NAME     SERIAL  ROOM\nr1       S?      5\nrack-12  -       -\n" },
		{ OUTPUT_NAME, "r1\nrack-12\n" },
		{ OUTPUT_JSON,
			"{\n  \"items\": [\n    {\n      \"name\": \"r1\",\n      \"room\": 5,\n"
			"      \"dmi\": {\n        \"serial\": \"S\\u001B\"\n      }\n    },\n"
			"    {\n      \"name\": \"rack-12\"\n    }\n  ]\n}\n" },
		{ OUTPUT_JSONL, "{\"name\":\"r1\",\"room\":5,\"dmi\":{\"serial\":\"S\\u001B\"}}\n"
				"{\"name\":\"rack-12\"}\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512];

		items_catch(rows[i].format, items, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_harmless),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
