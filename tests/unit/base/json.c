// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"

static void test_json_refuses(void **state)
{
	static const char *const rows[] = { "", "{", "{} x", "{\"a\":1,\"a\":2}", "\"\xff\"", "nul" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *value = NULL;
		struct error err = { 0 };

		assert_int_equal(json_read(rows[i], strlen(rows[i]), &value, &err), -EINVAL);
	}
}

static void test_json_depth(void **state)
{
	char text[2 * JSON_MAX_DEPTH + 4];
	auto_json json_t *value = NULL;
	struct error err = { 0 };

	(void)state;
	memset(text, '[', JSON_MAX_DEPTH);
	memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
	assert_int_equal(json_read(text, 2 * JSON_MAX_DEPTH, &value, &err), 0);
	memset(text, '[', JSON_MAX_DEPTH + 1);
	memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
	assert_int_equal(json_read(text, 2 * JSON_MAX_DEPTH + 2, &value, &err), -EINVAL);
}

static void test_fields(void **state)
{
	static const struct json_field fields[] = {
		{ "name", JSON_KIND_STRING, true, 5 },
		{ "count", JSON_KIND_INTEGER, false, 10 },
		{ "tags", JSON_KIND_STRINGS, false, 2 },
		{ NULL },
	};
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "{\"name\":\"a\",\"count\":10,\"tags\":[\"x\"]}", "" },
		{ "{\"count\":1}", "it: 'name' is missing" },
		{ "{\"name\":\"a\",\"nmae\":1}", "it: unknown key 'nmae' (known: name, count, tags)" },
		{ "{\"name\":1}", "it: 'name' must be a string" },
		{ "{\"name\":\"abcdef\"}", "it: 'name' is longer than 5 bytes" },
		{ "{\"name\":\"a\",\"count\":11}", "it: 'count' is out of range (0 to 10)" },
		{ "{\"name\":\"a\",\"tags\":[1]}", "it: 'tags' must be a list of strings" },
		{ "{\"name\":\"a\",\"tags\":[\"a\",\"b\",\"c\"]}", "it: 'tags' has more than 2 items" },
		{ "[]", "it: expected an object" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *value = NULL;
		struct error err = { 0 };

		assert_int_equal(json_read(rows[i].text, strlen(rows[i].text), &value, &err), 0);
		(void)json_fields(value, "it", fields, &err);
		assert_string_equal(err.text, rows[i].error);
	}
}

static void test_yaml(void **state)
{
	static const char text[] = "name: demo\nversion: 1\nmode: 0644\non: yes\nnone: ~\n"
		"deep:\n  - {a: true, b: \"1\"}\n  - [x, -3]\n";
	auto_json json_t *value = NULL;
	auto_free char *json = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(yaml_read(text, strlen(text), "r.yaml", &value, &err), 0);
	assert_int_equal(json_write(value, &json, &err), 0);
	assert_string_equal(json, "{\"deep\":[{\"a\":true,\"b\":\"1\"},[\"x\",-3]],\"mode\":\"0644\","
		"\"name\":\"demo\",\"none\":null,\"on\":\"yes\",\"version\":1}");
}

static void test_yaml_refuses(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "", "r.yaml is empty" },
		{ "a: 1\na: 2\n", "r.yaml, line 2, column 1: this key stands here twice" },
		{ "a: &x 1\n", "r.yaml, line 1, column 4: anchors and tags are not allowed" },
		{ "a: !!int 1\n", "r.yaml, line 1, column 4: anchors and tags are not allowed" },
		{ "a: 1\n---\nb: 2\n", "r.yaml, line 2, column 1: only one document is allowed" },
		{ "? [a]\n: 1\n", "r.yaml, line 1, column 3: a key must be a plain word" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *value = NULL;
		struct error err = { 0 };

		assert_int_equal(
			yaml_read(rows[i].text, strlen(rows[i].text), "r.yaml", &value, &err), -EINVAL);
		assert_string_equal(err.text, rows[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_refuses),
		cmocka_unit_test(test_json_depth),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_yaml_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
