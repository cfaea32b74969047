// SPDX-License-Identifier: Apache-2.0
/* Tests images/layer_name.c: names of entries and whiteouts. */
#include "tests/unit/unit.h"

#include "images/layer_name.h"

static const struct row {
	const char *name;
	int result; /* kind, or -1: refused */
	const char *path;
} rows[] = {
	{ "usr/bin/sh", LAYER_NAME_ENTRY, "usr/bin/sh" },
	{ "./usr/bin/", LAYER_NAME_ENTRY, "usr/bin" },
	{ "/etc//passwd", LAYER_NAME_ENTRY, "etc/passwd" },
	{ "a/./b/.", LAYER_NAME_ENTRY, "a/b" },
	{ "", LAYER_NAME_ENTRY, "" },
	{ ".", LAYER_NAME_ENTRY, "" },
	{ "./", LAYER_NAME_ENTRY, "" },
	{ "/", LAYER_NAME_ENTRY, "" },
	{ "..a/b..", LAYER_NAME_ENTRY, "..a/b.." },
	{ "a.wh.b", LAYER_NAME_ENTRY, "a.wh.b" },
	{ "..", -1, NULL },
	{ "../x", -1, NULL },
	{ "a/../b", -1, NULL },
	{ "a/..", -1, NULL },
	{ ".wh.x", LAYER_NAME_WHITEOUT, "x" },
	{ "./a/.wh.x", LAYER_NAME_WHITEOUT, "a/x" },
	{ "a/.wh...x", LAYER_NAME_WHITEOUT, "a/..x" },
	{ ".wh.", -1, NULL },
	{ ".wh..", -1, NULL },
	{ "a/.wh...", -1, NULL },
	{ ".wh..wh..opq", LAYER_NAME_OPAQUE, "" },
	{ "a/b/.wh..wh..opq", LAYER_NAME_OPAQUE, "a/b" },
	{ ".wh..wh.aufs", LAYER_NAME_IGNORED, ".wh..wh.aufs" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[LAYER_PATH_MAX];
		enum layer_name_kind kind;
		struct error err = { 0 };
		int r = layer_name_read(rows[i].name, out, &kind, &err);

		if ((rows[i].result < 0) != (r < 0))
			print_error("'%s': %d\n", rows[i].name, r);
		assert_int_equal(r < 0, rows[i].result < 0);
		if (r < 0)
			continue;
		assert_int_equal(kind, rows[i].result);
		assert_string_equal(out, rows[i].path);
	}
}

static void test_lengths(void **state)
{
	static char name[2 * LAYER_PATH_MAX], out[LAYER_PATH_MAX];
	enum layer_name_kind kind;
	struct error err = { 0 };

	(void)state;
	memset(name, 'a', 255);
	assert_int_equal(layer_name_read(name, out, &kind, &err), 0);
	name[255] = 'a';
	assert_int_equal(layer_name_read(name, out, &kind, &err), -EINVAL);
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 2 ? '/' : 'a';
	name[LAYER_PATH_MAX - 1] = '\0'; /* "a/a/.../a": as long as a path may be */
	assert_int_equal(layer_name_read(name, out, &kind, &err), 0);
	assert_int_equal(strlen(out), LAYER_PATH_MAX - 1);
	name[LAYER_PATH_MAX - 1] = '/';
	name[LAYER_PATH_MAX] = 'a';
	name[LAYER_PATH_MAX + 1] = '\0';
	assert_int_equal(layer_name_read(name, out, &kind, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
