// SPDX-License-Identifier: Apache-2.0
/* Which entries of an index are wanted. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/platform.h"

#define D "sha256:111111111111111111111111111111111111111111111111111111111111111"
#define ITEM(n, platform)                                                                          \
	"{\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"size\":1,\"digest\":\"" D n                    \
	"\",\"platform\":{" platform "}}"
#define LINUX(arch) "\"os\":\"linux\",\"architecture\":\"" arch "\""

/* amd64, arm64, arm/v6, arm/v7, amd64 of Windows, and an attestation. */
static const char index_text[] =
	"{\"schemaVersion\":2,\"manifests\":[" ITEM("1", LINUX("amd64")) "," ITEM(
		"2", LINUX("arm64")) "," ITEM("3", LINUX("arm") ",\"variant\":\"v6\"") "," ITEM("4",
		LINUX("arm") ",\"variant\":\"v7\"") "," ITEM("5",
		"\"os\":\"windows\",\"architecture\":\"amd64\"") "," ITEM("6",
		"\"os\":\"unknown\",\"architecture\":\"unknown\"") "]}";

static const struct {
	const char *wanted; /* NULL: not said */
	const char *kept;   /* a '1' for each entry; NULL: an error */
} rows[] = {
	{ NULL, "100000" },
	{ "[\"amd64\"]", "100000" },
	{ "[\"arm64\",\"amd64\"]", "110000" },
	{ "[\"arm64/v8\"]", "010000" },
	{ "[\"arm/v7\"]", "000100" },
	{ "[\"arm\"]", "001100" },
	{ "[\"all\"]", "111111" },
	{ "[\"amd64\",\"riscv64\"]", NULL },
	{ "[\"unknown\"]", NULL },
};

static json_t *list_of(const char *text)
{
	struct error err = { 0 };
	json_t *list = NULL;

	if (text)
		assert_int_equal(json_read(text, strlen(text), &list, &err), 0);
	return list;
}

static void index_rows(void **state)
{
	auto_document doc = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(oci_document_parse(index_text, sizeof(index_text) - 1, 10, &doc, &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *wanted = list_of(rows[i].wanted);
		bool keep[6];
		char kept[7] = "";
		size_t count;
		int r = platform_pick(&doc, wanted, keep, &count, &err);

		for (size_t n = 0; r == 0 && n < 6; n++)
			kept[n] = keep[n] ? '1' : '0';
		if ((r == 0) != !!rows[i].kept || (r == 0 && strcmp(kept, rows[i].kept) != 0))
			test_failed("row %zu: %d %s %s", i, r, kept, err.text);
		if (r < 0)
			assert_string_equal(err.code, "SW-6005");
	}
}

static void one_image_rows(void **state)
{
	static const struct platform amd64 = { .architecture = "amd64" };
	static const struct platform arm64 = { .architecture = "arm64", .variant = "v8" };
	static const struct platform none = { 0 };
	auto_json json_t *both = list_of("[\"amd64\",\"arm64\"]");
	auto_json json_t *all = list_of("[\"all\"]");
	struct error err = { 0 };

	(void)state;
	assert_int_equal(platform_check(NULL, &amd64, &err), 0);
	assert_int_equal(platform_check(NULL, &none, &err), 0);
	assert_int_equal(platform_check(all, &arm64, &err), 0);
	assert_int_equal(platform_check(NULL, &arm64, &err), -EINVAL);
	assert_int_equal(platform_check(both, &arm64, &err), -EINVAL);
}

static void word_rows(void **state)
{
	static const char *const bad[] = { "[]", "[\"\"]", "[\"x86 64\"]", "[\"arm/\"]",
		"[\"arm/v7/x\"]", "[\"all\",\"amd64\"]", "[\"../x\"]" };
	auto_json json_t *good = list_of("[\"amd64\",\"arm/v7\"]");
	struct error err = { 0 };

	(void)state;
	assert_int_equal(platform_words_check(good, "x", &err), 0);
	assert_int_equal(platform_words_check(NULL, "x", &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_json json_t *list = list_of(bad[i]);

		if (platform_words_check(list, "x", &err) == 0)
			test_failed("row %zu is taken", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(index_rows),
		cmocka_unit_test(one_image_rows),
		cmocka_unit_test(word_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
