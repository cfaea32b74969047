// SPDX-License-Identifier: Apache-2.0
/* What disks hold, on files made by the real programs. */
#include "tests/unit/unit.h"

#include <fcntl.h>

#include "base/process.h"
#include "provisioner/agent/disk_holds.h"
#include "tests/unit/agent/fixture.h"

#define SIZE (64 << 20)

static void make_disk(const struct fixture *f, char path[static TREE_PATH_MAX])
{
	fixture_text(f, "/disk", "");
	assert_int_equal(truncate(fixture_path(f, "/disk", path), SIZE), 0);
}

static void put(const char *path, off_t at, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, at), n);
	assert_int_equal(close(fd), 0);
}

static void run(const char *const *argv)
{
	const struct process_options options = PROCESS_OPTIONS_INIT;
	struct error err = { 0 };

	if (process_run(argv, &options, NULL, &err) < 0)
		test_failed("%s", err.text);
}

static void assert_holds(const char *path, const char *const *words, size_t n)
{
	struct inventory_disk d = { .size_bytes = SIZE };

	disk_holds_read(path, &d);
	assert_int_equal(d.n_holds, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(d.holds[i], words[i]);
}
#define ASSERT_HOLDS(path, ...)                                                                    \
	do {                                                                                       \
		static const char *const words_[] = { __VA_ARGS__ };                               \
		assert_holds(path, words_, sizeof(words_) / sizeof(words_[0]));                    \
	} while (0)

static void blank_and_unreadable(void **state)
{
	struct fixture f;
	char path[TREE_PATH_MAX];

	(void)state;
	fixture_new(&f);
	make_disk(&f, path);
	assert_holds(path, NULL, 0);
	ASSERT_HOLDS("/nonexistent", "unreadable");
	fixture_free(&f);
}

static void bytes_without_a_name(void **state)
{
	static const off_t places[] = { 0, 4096, SIZE - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct fixture f;
		char path[TREE_PATH_MAX];

		fixture_new(&f);
		make_disk(&f, path);
		put(path, places[i], "x", 1);
		ASSERT_HOLDS(path, "unknown");
		fixture_free(&f);
	}
}

static void file_system_on_the_whole_disk(void **state)
{
	struct fixture f;
	char path[TREE_PATH_MAX];

	(void)state;
	fixture_new(&f);
	make_disk(&f, path);
	run((const char *const[]){ "mkfs.ext4", "-q", "-F", path, NULL });
	ASSERT_HOLDS(path, "ext4");
	fixture_free(&f);
}

/* What is no file system, but somebody's data. */
static void encryption_and_storage(void **state)
{
	static const char luks[] = "LUKS\xba\xbe\0\1";
	static const char ceph[] = "bluestore block device\n";
	struct fixture f;
	char path[TREE_PATH_MAX];

	(void)state;
	fixture_new(&f);
	make_disk(&f, path);
	put(path, 0, luks, 8);
	ASSERT_HOLDS(path, "crypto_luks");
	put(path, 0, ceph, sizeof(ceph) - 1);
	ASSERT_HOLDS(path, "ceph_bluestore");
	fixture_free(&f);
}

/* A ZFS label has its uberblocks from 128 KiB on, a RAID member its superblock at 4 KiB. */
static void pools_and_arrays(void **state)
{
	static const uint8_t raid[] = { 0xfc, 0x4e, 0x2b, 0xa9, 1, 0, 0, 0 };
	struct fixture f;
	char path[TREE_PATH_MAX];

	(void)state;
	fixture_new(&f);
	make_disk(&f, path);
	put(path, 4096, raid, sizeof(raid));
	put(path, 4096 + 144, "\x08", 1);
	ASSERT_HOLDS(path, "linux_raid_member");
	put(path, 4096, "\0\0\0\0", 4);
	for (off_t at = 128 << 10; at < 256 << 10; at += 1024)
		put(path, at, "\x0c\xb1\xba\0\0\0\0\0", 8);
	ASSERT_HOLDS(path, "zfs_member");
	fixture_free(&f);
}

/* A DOS table with one partition (type 0x8e) at 1 MiB that holds swap. */
static void partitions(void **state)
{
	static const uint8_t entry[16] = { 0, 0, 2, 0, 0x82, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1, 0 };
	struct fixture f;
	char path[TREE_PATH_MAX];

	(void)state;
	fixture_new(&f);
	make_disk(&f, path);
	put(path, 446, entry, sizeof(entry));
	put(path, 510, "\x55\xaa", 2);
	ASSERT_HOLDS(path, "dos");
	put(path, (1 << 20) + 4086, "SWAPSPACE2", 10);
	put(path, (1 << 20) + 1024, "\1\0\0\0\xff\0\0\0", 8);
	ASSERT_HOLDS(path, "dos", "swap");
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blank_and_unreadable),
		cmocka_unit_test(bytes_without_a_name),
		cmocka_unit_test(file_system_on_the_whole_disk),
		cmocka_unit_test(encryption_and_storage),
		cmocka_unit_test(pools_and_arrays),
		cmocka_unit_test(partitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
