// SPDX-License-Identifier: Apache-2.0
/* Names of images: what is one, what are its parts, what people mean by a short one. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/digest.h"
#include "bundles/reference.h"

static const struct {
	const char *name;
	const char *host;
	const char *repository;
	const char *tag;
	const char *full; /* NULL: it is no name */
} rows[] = {
	{ "app", "", "app", "", "docker.io/library/app:latest" },
	{ "app:1.0", "", "app", "1.0", "docker.io/library/app:1.0" },
	{ "group/app:1.0", "", "group/app", "1.0", "docker.io/group/app:1.0" },
	{ "docker.io/library/app:1.0", "docker.io", "library/app", "1.0",
		"docker.io/library/app:1.0" },
	{ "docker.io/app", "docker.io", "app", "", "docker.io/library/app:latest" },
	{ "index.docker.io/group/app:1", "index.docker.io", "group/app", "1",
		"docker.io/group/app:1" },
	{ "registry.example:5000/a/b_c:v1", "registry.example:5000", "a/b_c", "v1",
		"registry.example:5000/a/b_c:v1" },
	{ "localhost/a", "localhost", "a", "", "localhost/a:latest" },
	{ "os/debian-12-node", "", "os/debian-12-node", "", "docker.io/os/debian-12-node:latest" },
	{ "a__b/c---d:T_1-2.3", "", "a__b/c---d", "T_1-2.3", NULL },
	{ "", NULL, NULL, NULL, NULL },
	{ "App", NULL, NULL, NULL, NULL },
	{ "a//b", NULL, NULL, NULL, NULL },
	{ "a/../b", NULL, NULL, NULL, NULL },
	{ "/a", NULL, NULL, NULL, NULL },
	{ "a/", NULL, NULL, NULL, NULL },
	{ "a:", NULL, NULL, NULL, NULL },
	{ "a:.x", NULL, NULL, NULL, NULL },
	{ "a b", NULL, NULL, NULL, NULL },
	{ "a___b", NULL, NULL, NULL, NULL },
	{ "docker.io/app:1:2", NULL, NULL, NULL, NULL },
};

static void reference_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reference ref = { 0 };
		struct error err = { 0 };
		char full[REFERENCE_MAX];
		int r = reference_parse(rows[i].name, &ref, &err);

		if (!rows[i].repository) {
			if (r == 0)
				test_failed("'%s' was taken", rows[i].name);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(ref.host, rows[i].host);
		assert_string_equal(ref.repository, rows[i].repository);
		assert_string_equal(ref.tag, rows[i].tag);
		if (!rows[i].full)
			continue;
		assert_int_equal(reference_normalize(rows[i].name, full, &err), 0);
		assert_string_equal(full, rows[i].full);
	}
}

#define PIN "@sha256:1111111111111111111111111111111111111111111111111111111111111111"

static void pinned_names(void **state)
{
	static const struct {
		const char *name;
		const char *full; /* NULL: it is no name */
	} pins[] = {
		{ "app:1.0", "docker.io/library/app:1.0" },
		{ "app" PIN, "docker.io/library/app" },
		{ "app:1.0" PIN, "docker.io/library/app" },
		{ "registry.example:5000/a" PIN, "registry.example:5000/a" },
		{ "app@sha256:1", NULL },
		{ "app@", NULL },
		{ PIN, NULL },
		{ "app" PIN PIN, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pins) / sizeof(*pins); i++) {
		char full[REFERENCE_MAX];
		char digest[DIGEST_TEXT_MAX];
		struct error err = { 0 };
		int r = reference_resolve(pins[i].name, full, digest, &err);

		if ((r == 0) != !!pins[i].full)
			test_failed("'%s': %d", pins[i].name, r);
		if (r < 0)
			continue;
		assert_string_equal(full, pins[i].full);
		assert_string_equal(digest, strchr(pins[i].name, '@') ? PIN + 1 : "");
	}
}

static void entry_names(void **state)
{
	char longest[REFERENCE_MAX + 1];

	(void)state;
	assert_true(entry_name_valid("docker.io/library/app:1.0"));
	assert_true(entry_name_valid("notes.txt"));
	assert_true(entry_name_valid("a--b@c+d"));
	assert_false(entry_name_valid(""));
	assert_false(entry_name_valid("../x"));
	assert_false(entry_name_valid("a//b"));
	assert_false(entry_name_valid("a\nb"));
	memset(longest, 'a', sizeof(longest));
	longest[REFERENCE_MAX] = '\0';
	assert_false(entry_name_valid(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reference_rows),
		cmocka_unit_test(pinned_names),
		cmocka_unit_test(entry_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
