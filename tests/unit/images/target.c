// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "images/target.h"

/* A root of a test's own, with a link "out" that leads out of it. */
struct root {
	char path[64];
	int fd;
};

static struct root root_make(void)
{
	struct root root = { .path = "/tmp/slipway-target-XXXXXX" };
	struct error err = { 0 };
	char link[96];

	assert_non_null(mkdtemp(root.path));
	(void)snprintf(link, sizeof(link), "%s/out", root.path);
	assert_int_equal(symlink("../../../../tmp", link), 0);
	root.fd = target_open(root.path, &err);
	assert_true(root.fd >= 0);
	return root;
}

static void root_done(struct root *root)
{
	struct error err = { 0 };

	(void)close(root->fd);
	assert_int_equal(remove_tree(root->path, &err), 0);
}

static int put(const struct root *root, const char *path, const char *link)
{
	struct target_file file = { .path = path,
		.mode = 0640,
		.uid = getuid(),
		.gid = getgid(),
		.content = "text",
		.size = 4,
		.link = link };
	struct error err = { 0 };

	return target_write(root->fd, &file, &err);
}

static void writes_a_file_and_its_folders(void **state)
{
	struct root root = root_make();
	struct stat st;

	(void)state;
	assert_int_equal(put(&root, "/a/b/c", NULL), 0);
	assert_int_equal(fstatat(root.fd, "a/b/c", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_size, 4);
	root_done(&root);
}

static void writes_a_link_in_the_place_of_anything(void **state)
{
	struct root root = root_make();
	char text[16] = "";

	(void)state;
	assert_int_equal(put(&root, "/a/l", NULL), 0);
	assert_int_equal(put(&root, "/a/l", "first"), 0);
	assert_int_equal(readlinkat(root.fd, "a/l", text, sizeof(text) - 1), 5);
	assert_string_equal(text, "first");
	assert_int_equal(put(&root, "/a/l", NULL), 0);
	assert_int_equal(readlinkat(root.fd, "a/l", text, sizeof(text) - 1), -1);
	root_done(&root);
}

static void follows_links_on_the_way_inside(void **state)
{
	struct root root = root_make();
	struct stat st;

	(void)state;
	assert_int_equal(mkdirat(root.fd, "real", 0700), 0);
	assert_int_equal(symlinkat("../../../../real", root.fd, "etc"), 0);
	assert_int_equal(put(&root, "/etc/new/file", NULL), 0);
	assert_int_equal(fstatat(root.fd, "real/new/file", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_size, 4);
	root_done(&root);
}

static void stays_in_the_root(void **state)
{
	static const char *const refused[] = { "a", "/", "/a/", "/../a", "/a/..", "//a", "/./a",
		"" };
	struct root root = root_make();
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_true(put(&root, refused[i], NULL) < 0);
	(void)put(&root, "/out/slipway-escaped", NULL); /* within the root or not at all */
	assert_int_equal(stat("/tmp/slipway-escaped", &st), -1);
	root_done(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_file_and_its_folders),
		cmocka_unit_test(writes_a_link_in_the_place_of_anything),
		cmocka_unit_test(follows_links_on_the_way_inside),
		cmocka_unit_test(stays_in_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
