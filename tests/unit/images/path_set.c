// SPDX-License-Identifier: Apache-2.0
/* Tests images/path_set.c. */
#include <stdio.h>

#include "tests/unit/unit.h"

#include "images/path_set.h"

static void test_members(void **state)
{
	struct path_set s = { .seed = 7 };
	struct error err = { 0 };
	char path[64];

	(void)state;
	assert_false(path_set_has(&s, "a"));
	for (int i = 0; i < 50000; i++) {
		(void)snprintf(path, sizeof(path), "usr/share/doc/%d", i);
		assert_int_equal(path_set_add(&s, path, &err), 0);
		assert_int_equal(path_set_add(&s, path, &err), 0);
	}
	assert_int_equal(s.used, 50000);
	for (int i = 0; i < 100000; i++) {
		(void)snprintf(path, sizeof(path), "usr/share/doc/%d", i);
		assert_int_equal(path_set_has(&s, path), i < 50000);
	}
	path_set_done(&s);
	assert_false(path_set_has(&s, "usr/share/doc/1"));
}

static void test_bound(void **state)
{
	struct path_set s = { .max = 2 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(path_set_add(&s, "", &err), 0);
	assert_int_equal(path_set_add(&s, "a", &err), 0);
	assert_int_equal(path_set_add(&s, "b", &err), -E2BIG);
	assert_int_equal(path_set_add(&s, "a", &err), 0);
	path_set_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
