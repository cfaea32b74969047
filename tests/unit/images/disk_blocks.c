// SPDX-License-Identifier: Apache-2.0
/* Tests images/disk_blocks.c on a file: zeros are left out only where zeros are known to be. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "images/disk_blocks.h"

#define BLOCKS     8
#define DISK_BYTES (BLOCKS * DISK_BLOCK)

/* A disk full of old bytes. */
static int disk_new(char *path)
{
	auto_free uint8_t *old = malloc(DISK_BYTES);
	struct error err = { 0 };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	memset(old, 0xa5, DISK_BYTES);
	assert_int_equal(write_all(fd, old, DISK_BYTES, &err), 0);
	return fd;
}

static void check_skipping(bool zeroed)
{
	char path[] = "/tmp/slipway-blocks-XXXXXX";
	auto_close int fd = disk_new(path);
	auto_disk_blocks b = DISK_BLOCKS_INIT;
	auto_free uint8_t *image = aligned_alloc(4096, DISK_BYTES);
	auto_free uint8_t *got = malloc(DISK_BYTES);
	struct error err = { 0 };
	size_t n = DISK_BYTES - DISK_BLOCK - 100; /* ends within a sector */

	memset(image, 0, DISK_BYTES);
	memset(image + DISK_BLOCK, 1, DISK_BLOCK);
	memset(image + 2 * DISK_BLOCK, 2, 10);
	image[5 * DISK_BLOCK - 1] = 3;
	assert_int_equal(disk_blocks_open(&b, path, 4096, &err), 0);
	if (zeroed)
		assert_int_equal(disk_blocks_zero(&b, DISK_BYTES, &err), 0);
	assert_int_equal(b.zero_bytes, zeroed ? DISK_BYTES : 0);
	assert_int_equal(disk_blocks_write(&b, 0, image, n, &err), 0);
	assert_int_equal(disk_blocks_sync(&b, &err), 0);
	assert_int_equal(b.skipped_bytes > 0, zeroed);
	assert_int_equal(b.written_bytes + b.skipped_bytes, DISK_BYTES - DISK_BLOCK);
	assert_int_equal(pread(fd, got, DISK_BYTES, 0), DISK_BYTES);
	assert_memory_equal(got, image, DISK_BYTES - DISK_BLOCK);
	assert_int_equal(got[DISK_BYTES - 1], zeroed ? 0 : 0xa5);
	(void)unlink(path);
}

static void test_skipping(void **state)
{
	(void)state;
	check_skipping(true);
	check_skipping(false);
}

/* An error names the disk and the byte. */
static void test_full(void **state)
{
	auto_disk_blocks b = DISK_BLOCKS_INIT;
	auto_free uint8_t *p = aligned_alloc(4096, DISK_BLOCK);
	struct error err = { 0 };

	(void)state;
	memset(p, 1, DISK_BLOCK);
	assert_int_equal(disk_blocks_open(&b, "/dev/full", 512, &err), 0);
	assert_int_equal(disk_blocks_write(&b, 0, p, DISK_BLOCK, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "/dev/full"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_skipping),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
