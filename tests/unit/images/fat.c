// SPDX-License-Identifier: Apache-2.0
/* Tests images/fat.c: the file system's own figures; tests/images asks fsck.vfat and mtools. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "images/fat.h"

#define MIB (UINT64_C(1) << 20)

struct picture {
	uint8_t *bytes;
	size_t size;
};

static int picture_write(uint64_t at, const void *p, size_t n, void *arg, struct error *err)
{
	struct picture *pic = arg;

	(void)err;
	assert_true(at <= pic->size && n <= pic->size - at);
	memcpy(pic->bytes + at, p, n);
	return 0;
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void check_esp(uint32_t sector)
{
	auto_free uint8_t *bytes = calloc(1, 300 * MIB);
	struct picture pic = { bytes, 300 * MIB };
	uint8_t loader[10000];
	struct error err = { 0 };
	const uint8_t *fat, *data, *boot;

	assert_non_null(bytes);
	memset(loader, 0x5a, sizeof(loader));
	assert_int_equal(fat_make_esp(pic.size, sector, 0x12345678, loader, sizeof(loader),
				 picture_write, &pic, &err),
		0);
	assert_int_equal(bytes[510] << 8 | bytes[511], 0x55aa);
	assert_int_equal(le32(bytes + 67), 0x12345678);
	fat = bytes + 32 * sector;
	assert_int_equal(le32(fat + 4 * 5), 6);
	assert_int_equal(le32(fat + 4 * 7), 0x0fffffff);
	assert_int_equal(le32(fat + 4 * 8), 0);
	data = fat + 2 * (size_t)le32(bytes + 36) * sector;
	assert_memory_equal(data + 32, "EFI        \x10", 12);
	boot = data + 2 * 4096;
	assert_memory_equal(boot + 64, "BOOTX64 EFI\x20", 12);
	assert_int_equal(le32(boot + 64 + 28), sizeof(loader));
	assert_memory_equal(data + 3 * 4096, loader, sizeof(loader));
}

static void test_esp(void **state)
{
	(void)state;
	check_esp(512);
	check_esp(4096);
}

static void test_refuses(void **state)
{
	struct picture pic = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
		fat_make_esp(100 * MIB, 512, 1, "x", 1, picture_write, &pic, &err), -EINVAL);
	assert_int_equal(
		fat_make_esp(300 * MIB, 512, 1, "x", 0, picture_write, &pic, &err), -ENOSPC);
	assert_int_equal(fat_make_esp(300 * MIB, 512, 1, "x", 301 * MIB, picture_write, &pic, &err),
		-ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esp),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
