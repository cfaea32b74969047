// SPDX-License-Identifier: Apache-2.0
/* Tests images/disk_layout.c: sizes, and libfdisk's bytes. */
#include <stdbool.h>

#include "tests/unit/unit.h"

#include "images/disk_layout.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static const struct disk_volume one[] = { { .mount = "/" } };
static const struct disk_request whole = { .volumes = one, .n_volumes = 1 };
static const struct disk_volume three[] = {
	{ .mount = "/", .size_bytes = 2 * GIB },
	{ .mount = "/var", .size_bytes = 600 * MIB + 1 },
	{ .mount = "/var/lib/a-folder/with-a-very-long/name", .filesystem = FILESYSTEM_XFS },
};

static const struct row {
	uint64_t size_bytes;
	uint32_t sector;
	bool fits;
} rows[] = {
	{ 2 * GIB, 512, true },
	{ 2 * GIB + 512, 512, true },
	{ 2 * GIB + MIB - 4096, 4096, true },
	{ 20 * 1000 * 1000 * 1000ull, 512, true },
	{ 30 * 1024 * GIB, 4096, true },
	{ 1327 * MIB, 512, true },
	{ 1327 * MIB - 512, 512, false },
	{ 0, 512, false },
	{ 2 * GIB, 520, false },
};

static void test_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct disk_layout l;
		struct error err = { 0 };
		uint64_t at = MIB;
		int r = disk_layout_plan(row->size_bytes, row->sector, &whole, &l, &err);

		assert_int_equal(r == 0, row->fits);
		if (r < 0) {
			assert_string_equal(err.code, "SW-3008");
			continue;
		}
		assert_int_equal(l.n_parts, 3);
		for (size_t p = 0; p < l.n_parts; p++) {
			assert_int_equal(l.part[p].start_bytes, at);
			assert_int_equal(at % MIB, 0);
			at += l.part[p].size_bytes;
		}
		assert_true(row->size_bytes - at >= 16384 + row->sector);
		assert_true(row->size_bytes - at < 2 * MIB);
	}
}

/* Sizes as asked for, whole mebibytes; the last grows, as far as is said. */
static void test_volumes(void **state)
{
	static const struct {
		uint64_t size_bytes, usable_bytes, end;
		int number;
	} volumes[] = {
		{ 10 * GIB, 0, 10 * GIB - MIB, 0 },
		{ 10 * GIB, 9 * GIB + 5, 9 * GIB, 0 },
		{ 10 * GIB, 20 * GIB, 10 * GIB - MIB, 0 },
		{ 3 * GIB, 0, 0, -ENOSPC },
		{ 10 * GIB, 3 * GIB, 0, -ENOSPC },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(volumes) / sizeof(volumes[0]); i++) {
		struct disk_request want = { three, 3, volumes[i].usable_bytes };
		struct disk_layout l;
		struct error err = { 0 };
		int r = disk_layout_plan(volumes[i].size_bytes, 512, &want, &l, &err);

		assert_int_equal(r, volumes[i].number);
		if (r < 0) {
			assert_string_equal(err.code, "SW-3008");
			continue;
		}
		assert_int_equal(l.part[DISK_ROOT].size_bytes, 2 * GIB);
		assert_int_equal(l.part[DISK_ROOT + 1].size_bytes, 601 * MIB);
		assert_string_equal(l.part[DISK_ROOT + 1].name, "slipway-var");
		assert_int_equal(l.part[4].start_bytes + l.part[4].size_bytes, volumes[i].end);
	}
}

/* No sum of sizes runs over. */
static void test_huge_volumes(void **state)
{
	static const struct disk_volume huge[] = {
		{ .mount = "/", .size_bytes = UINT64_MAX / 2 },
		{ .mount = "/a", .size_bytes = UINT64_MAX / 2 },
		{ .mount = "/b", .size_bytes = UINT64_MAX / 2 },
	};
	struct disk_request want = { huge, 3, 0 };
	struct disk_layout l;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(disk_layout_plan(10 * GIB, 512, &want, &l, &err), -ENOSPC);
}

static uint64_t le64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static void check_table(uint64_t size_bytes, uint32_t sector, const struct disk_request *want)
{
	struct disk_layout l;
	struct error err = { 0 };
	auto_disk_table t = { 0 };
	const uint8_t *header, *entry;

	assert_int_equal(disk_layout_plan(size_bytes, sector, want, &l, &err), 0);
	assert_int_equal(disk_table_make(&l, &t, &err), 0);
	assert_int_equal(t.head[510], 0x55);
	assert_int_equal(t.head[511], 0xaa);
	for (size_t i = 0; i < 440; i++)
		assert_int_equal(t.head[i], 0);
	header = t.head + sector;
	assert_memory_equal(header, "EFI PART", 8);
	assert_int_equal(le64(header + 32), size_bytes / sector - 1); /* where the backup is */
	entry = t.head + 2 * sector;
	for (size_t p = 0; p < l.n_parts; p++, entry += 128) {
		assert_int_equal(le64(entry + 32), l.part[p].start_bytes / sector);
		assert_int_equal(le64(entry + 40),
			(l.part[p].start_bytes + l.part[p].size_bytes) / sector - 1);
	}
	assert_memory_equal(t.tail + t.tail_size - sector, "EFI PART", 8);
	assert_memory_equal(t.tail, t.head + 2 * sector, 16384);
}

static void test_table(void **state)
{
	(void)state;
	check_table(2 * GIB, 512, &whole);
	check_table(2 * GIB + 512, 512, &whole);
	check_table(4 * GIB, 4096, &whole);
	check_table(12 * 1024 * GIB, 512, &whole);
	check_table(10 * GIB, 512, &(struct disk_request){ three, 3, 0 });
	check_table(10 * GIB, 4096, &(struct disk_request){ three, 3, 8 * GIB });
}

static void test_uuids_differ(void **state)
{
	char a[UUID_TEXT_MAX], b[UUID_TEXT_MAX];
	struct error err = { 0 };

	(void)state;
	assert_int_equal(uuid_generate_text(a, &err), 0);
	assert_int_equal(uuid_generate_text(b, &err), 0);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '4');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_volumes),
		cmocka_unit_test(test_huge_volumes),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_uuids_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
