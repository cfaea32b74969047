// SPDX-License-Identifier: Apache-2.0
/* Tests images/kernel.c: where distributions put kernels. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "images/kernel.h"
#include "images/target.h"

static char *root_make(void)
{
	char *root = strdup("/tmp/slipway-root-XXXXXX");

	assert_non_null(root);
	assert_non_null(mkdtemp(root));
	return root;
}

static void root_remove(char *root)
{
	struct error err = { 0 };

	assert_int_equal(remove_tree(root, &err), 0);
	free(root);
}

static int root_write(const char *root, const char *path, const char *text, struct error *err)
{
	auto_close int fd = target_open(root, err);
	struct target_file file = {
		.path = path,
		.mode = 0640,
		.uid = getuid(),
		.gid = getgid(),
		.content = text,
		.size = strlen(text),
	};

	assert_true(fd >= 0);
	return target_write(fd, &file, err);
}

static const struct row {
	const char *files[6]; /* "PATH" or "LINK>TO" */
	const char *kernel;   /* NULL: none is found */
	const char *initrd;
	const char *version;
	const char *link; /* NULL: none is followed */
} rows[] = {
	{ { "/boot/vmlinuz-6.1.0-9-amd64", "/boot/initrd.img-6.1.0-9-amd64",
		  "/boot/vmlinuz-6.1.0-18-amd64", "/boot/initrd.img-6.1.0-18-amd64" },
		"/boot/vmlinuz-6.1.0-18-amd64", "/boot/initrd.img-6.1.0-18-amd64", "6.1.0-18-amd64",
		"/vmlinuz" },
	{ { "/boot/vmlinuz-6.1", "/boot/initrd.img-6.1", "/vmlinuz>boot/vmlinuz-6.1",
		  "/initrd.img>boot/initrd.img-6.1" },
		"/boot/vmlinuz-6.1", "/boot/initrd.img-6.1", "6.1", "/vmlinuz" },
	{ { "/boot/vmlinuz-6.1", "/boot/initrd.img-6.1", "/boot/vmlinuz>vmlinuz-6.1",
		  "/boot/initrd.img>initrd.img-6.1" },
		"/boot/vmlinuz-6.1", "/boot/initrd.img-6.1", "6.1", "/boot/vmlinuz" },
	/* Links that lead to another kernel than the one that is started now. */
	{ { "/boot/vmlinuz-6.1", "/boot/initrd.img-6.1", "/boot/vmlinuz-6.0",
		  "/boot/initrd.img-6.0", "/vmlinuz>boot/vmlinuz-6.0",
		  "/initrd.img>boot/initrd.img-6.0" },
		"/boot/vmlinuz-6.1", "/boot/initrd.img-6.1", "6.1", NULL },
	/* A kernel without an initrd gives way to an older one that has its own. */
	{ { "/boot/vmlinuz-7.0", "/boot/vmlinuz-6.1", "/boot/initrd.img-6.1" }, "/boot/vmlinuz-6.1",
		"/boot/initrd.img-6.1", "6.1", "/vmlinuz" },
	{ { "/boot/vmlinuz-7.0" }, "/boot/vmlinuz-7.0", "", "7.0", NULL },
	{ { "/boot/vmlinuz-6.9.fc40.x86_64", "/boot/initramfs-6.9.fc40.x86_64.img",
		  "/boot/vmlinuz-0-rescue-1", "/boot/initramfs-0-rescue-1.img" },
		"/boot/vmlinuz-6.9.fc40.x86_64", "/boot/initramfs-6.9.fc40.x86_64.img",
		"6.9.fc40.x86_64", NULL },
	{ { "/boot/vmlinuz-lts", "/boot/initramfs-lts" }, "/boot/vmlinuz-lts",
		"/boot/initramfs-lts", "lts", NULL },
	{ { "/usr/lib/modules/6.8/vmlinuz", "/usr/lib/modules/6.8/initramfs.img" },
		"/usr/lib/modules/6.8/vmlinuz", "/usr/lib/modules/6.8/initramfs.img", "6.8", NULL },
	{ { "/boot/k", "/boot/i", "/vmlinuz>boot/k", "/initrd.img>/boot/i" }, "/vmlinuz",
		"/initrd.img", "", NULL },
	/* Links are of the image's own root, and lead nowhere else. */
	{ { "/vmlinuz>/etc/passwd", "/initrd.img>../../../etc/passwd" }, NULL, NULL, NULL, NULL },
	{ { "/etc/hostname" }, NULL, NULL, NULL, NULL },
};

static void row_prepare(const struct row *row, const char *root)
{
	struct error err = { 0 };
	char from[256], to[512];

	for (size_t i = 0; i < 6 && row->files[i]; i++) {
		const char *mark = strchr(row->files[i], '>');

		if (!mark) {
			assert_int_equal(root_write(root, row->files[i], "x", &err), 0);
			continue;
		}
		(void)snprintf(
			from, sizeof(from), "%.*s", (int)(mark - row->files[i]), row->files[i]);
		(void)snprintf(to, sizeof(to), "%s%s", root, from);
		assert_int_equal(symlink(mark + 1, to), 0);
	}
}

static void test_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *root = root_make();
		struct error err = { 0 };
		struct kernel k;
		int fd = target_open(root, &err);

		row_prepare(&rows[i], root);
		if (rows[i].kernel) {
			assert_int_equal(kernel_find(fd, &k, &err), 0);
			assert_string_equal(k.kernel, rows[i].kernel);
			assert_string_equal(k.initrd, rows[i].initrd);
			assert_string_equal(k.version, rows[i].version);
			assert_string_equal(k.kernel_link ? k.kernel_link : "none",
				rows[i].link ? rows[i].link : "none");
			assert_true(!k.kernel_link == !k.initrd_link);
		} else {
			assert_int_equal(kernel_find(fd, &k, &err), -ENOENT);
			assert_string_equal(err.code, "SW-3012");
		}
		assert_int_equal(close(fd), 0);
		root_remove(root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
