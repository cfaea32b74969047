// SPDX-License-Identifier: Apache-2.0
/* What is kept of a disk: which ranges, and that they hold what the disk did. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "images/undo.h"

#define MIB  (1 << 20)
#define SIZE (64 * MIB)

static void put(int fd, off_t at, const void *p, size_t n)
{
	assert_int_equal(pwrite(fd, p, n, at), n);
}

/* The header, and the bytes unpacked into raw; their number. */
static size_t collect(const char *path, json_t **ret_header, uint8_t *raw)
{
	auto_buf out = { .max = UNDO_MAX };
	auto_json json_t *disk = json_pack("{s:s}", "serial", "S1");
	struct error err = { 0 };
	const char *end;
	size_t n;

	assert_int_equal(undo_collect(path, disk, &out, &err), 0);
	end = memchr(out.data, '\n', out.len);
	assert_non_null(end);
	assert_int_equal(json_read(out.data, (size_t)(end - out.data), ret_header, &err), 0);
	n = ZSTD_decompress(raw, UNDO_RAW_MAX, end + 1, out.len - (size_t)(end + 1 - out.data));
	assert_false(ZSTD_isError(n));
	return n;
}

/* A DOS table with one partition of 16 MiB at 8 MiB: both ends of both. */
static void test_ranges(void **state)
{
	static const uint8_t entry[16] = { 0, 0, 2, 0, 0x83, 0, 0, 0, 0, 64, 0, 0, 0, 128, 0, 0 };
	static const int64_t wanted[][2] = { { 0, 4 * MIB }, { SIZE - MIB, MIB },
		{ 8 * MIB, MIB / 2 }, { 24 * MIB - MIB / 2, MIB / 2 } };
	char path[] = "/tmp/slipway-undo.XXXXXX";
	auto_close int fd = mkstemp(path);
	auto_free uint8_t *raw = malloc(UNDO_RAW_MAX);
	auto_json json_t *header = NULL;
	json_t *ranges;

	(void)state;
	assert_true(fd >= 0 && ftruncate(fd, SIZE) == 0);
	put(fd, 446, entry, sizeof(entry));
	put(fd, 510, "\x55\xaa", 2);
	put(fd, 8 * MIB, "begin", 5);
	put(fd, 24 * MIB - 3, "end", 3);
	assert_int_equal(collect(path, &header, raw), 6 * MIB);
	assert_int_equal(unlink(path), 0);
	assert_true(json_bool(header, "whole", false));
	assert_string_equal(json_str(json_object_get(header, "disk"), "serial", ""), "S1");
	ranges = json_object_get(header, "ranges");
	assert_int_equal(json_array_size(ranges), 4);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 2; k++)
			assert_int_equal(
				json_integer_value(json_array_get(json_array_get(ranges, i), k)),
				wanted[i][k]);
	assert_memory_equal(raw + 510, "\x55\xaa", 2);
	assert_memory_equal(raw + 5 * MIB, "begin", 5);
	assert_memory_equal(raw + 6 * MIB - 3, "end", 3);
}

/* Less than both ends together: all of it, once. */
static void test_small(void **state)
{
	static const off_t sizes[] = { 0, 512, 4 * MIB, 4 * MIB + 512, 5 * MIB + 1 };
	auto_free uint8_t *raw = malloc(UNDO_RAW_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char path[] = "/tmp/slipway-undo.XXXXXX";
		auto_close int fd = mkstemp(path);
		auto_json json_t *header = NULL;

		assert_true(fd >= 0 && ftruncate(fd, sizes[i]) == 0);
		assert_int_equal(
			collect(path, &header, raw), sizes[i] > 5 * MIB ? 5 * MIB : sizes[i]);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_missing(void **state)
{
	auto_buf out = { .max = UNDO_MAX };
	auto_json json_t *disk = json_object();
	struct error err = { 0 };

	(void)state;
	assert_int_equal(undo_collect("/nonexistent", disk, &out, &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
