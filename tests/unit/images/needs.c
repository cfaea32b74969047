// SPDX-License-Identifier: Apache-2.0
/* What an image must hold for its layout. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "images/needs.h"
#include "images/target.h"

static const struct need xfs = { "XFS", "fs/xfs/xfs", NULL, "a kernel that has it" };
static const struct need raid = { "RAID 1", NULL, "mdadm", "mdadm" };

static int check_with(const char *file, const char *text, const struct need *need,
	const char *version, struct error *err)
{
	char root[] = "/tmp/slipway-needs.XXXXXX";
	struct target_file made = { .mode = 0644, .path = file, .content = text };
	struct error ignored = { 0 };
	int r;

	assert_non_null(mkdtemp(root));
	{
		auto_close int fd = target_open(root, &ignored);

		made.size = text ? strlen(text) : 0;
		assert_true(!file || target_write(fd, &made, &ignored) == 0);
		r = need_check(fd, version, need, err);
	}
	assert_int_equal(remove_tree(root, &ignored), 0);
	return r;
}

static void test_found(void **state)
{
	static const struct {
		const char *file, *text;
		const struct need *need;
		const char *version;
		bool found;
	} rows[] = {
		{ "/lib/modules/6.1/kernel/fs/xfs/xfs.ko", "", &xfs, "6.1", true },
		{ "/lib/modules/6.1/kernel/fs/xfs/xfs.ko.zst", "", &xfs, "6.1", true },
		{ "/lib/modules/6.1/modules.builtin", "kernel/fs/xfs/xfs.ko\n", &xfs, "6.1", true },
		{ "/lib/modules/6.1/modules.builtin", "kernel/fs/ext4/ext4.ko\n", &xfs, "6.1",
			false },
		{ "/lib/modules/6.1/kernel/fs/ext4/ext4.ko", "", &xfs, "6.1", false },
		{ "/lib/modules/5.0/kernel/fs/ext4/ext4.ko", "", &xfs, "6.1", true },
		{ NULL, NULL, &xfs, "6.1", true },
		{ NULL, NULL, &xfs, "", true },
		{ "/sbin/mdadm", "", &raid, "6.1", true },
		{ "/usr/sbin/mdadm", "", &raid, "", true },
		{ "/usr/sbin/mdmon", "", &raid, "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		int r = check_with(rows[i].file, rows[i].text, rows[i].need, rows[i].version, &err);

		if ((r == 0) != rows[i].found)
			test_failed("row %zu: %s", i, err.text);
		if (r < 0)
			assert_string_equal(err.code, "SW-3015");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
