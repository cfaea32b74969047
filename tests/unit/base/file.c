// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

static char folder[] = "/tmp/slipway-unit-XXXXXX";

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	struct error err = { 0 };

	(void)state;
	return remove_tree(folder, &err);
}

static void test_write_then_read(void **state)
{
	auto_close int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err = { 0 };
	auto_buf b = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(file_write_at(dir, "a", "one", 3, 0600, &err), 0);
	assert_int_equal(file_write_at(dir, "a", "two!", 4, 0640, &err), 0);
	assert_int_equal(file_read_at(dir, "a", 4, &b, &err), 0);
	assert_string_equal(buf_str(&b), "two!");
	assert_int_equal(fstatat(dir, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	buf_reset(&b);
	assert_int_equal(file_read_at(dir, "a", 3, &b, &err), -EFBIG);
	assert_int_equal(file_read_at(dir, "none", 3, &b, &err), -ENOENT);
}

static void test_failed_write_leaves_nothing(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(file_write("/proc/slipway-none/x", "y", 1, 0600, &err), -ENOENT);
}

static void test_remove_tree_follows_no_link(void **state)
{
	char path[64], kept[64], link[64];
	struct error err = { 0 };

	(void)state;
	snprintf(path, sizeof(path), "%s/tree/x/y", folder);
	snprintf(kept, sizeof(kept), "%s/kept", folder);
	snprintf(link, sizeof(link), "%s/tree/x/link", folder);
	assert_int_equal(make_dirs(path, 0755, &err), 0);
	assert_int_equal(make_dirs(path, 0755, &err), 0);
	assert_int_equal(file_write(kept, "k", 1, 0600, &err), 0);
	assert_int_equal(symlink(folder, link), 0);
	snprintf(path, sizeof(path), "%s/tree", folder);
	assert_int_equal(remove_tree(path, &err), 0);
	assert_false(file_exists(path));
	assert_true(file_exists(kept));
	assert_int_equal(remove_tree(path, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_then_read),
		cmocka_unit_test(test_failed_write_leaves_nothing),
		cmocka_unit_test(test_remove_tree_follows_no_link),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
