// SPDX-License-Identifier: Apache-2.0
/* Headers of an archive: what we write is read back, and what is no plain file is refused. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "bundles/tar.h"

static void tar_sizes_round_trip(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 511, 512, 4294967295, 4294967296, 8589934591,
		8589934592, 1099511627776, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint8_t block[TAR_BLOCK];
		struct tar_member m;
		struct error err = { 0 };

		tar_header_format("blobs/sha256/00", sizes[i], block);
		assert_int_equal(tar_header_parse(block, &m, &err), 0);
		assert_string_equal(m.name, "blobs/sha256/00");
		assert_int_equal(m.size, sizes[i]);
		assert_int_equal((sizes[i] + tar_padding(sizes[i])) % TAR_BLOCK, 0);
	}
}

/* Writes the checksum that makes a changed header consistent again. */
static void seal(uint8_t block[TAR_BLOCK])
{
	unsigned int sum = 0;

	memset(block + 148, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	(void)snprintf((char *)block + 148, 8, "%06o", sum);
}

static void tar_refuses_other_types(void **state)
{
	(void)state;
	for (int type = 1; type < 256; type++) {
		uint8_t block[TAR_BLOCK];
		struct tar_member m;
		struct error err = { 0 };

		if (type == '0')
			continue;
		tar_header_format("slipway.json", 0, block);
		block[156] = (uint8_t)type;
		seal(block);
		assert_int_equal(tar_header_parse(block, &m, &err), -EBADMSG);
		assert_string_equal(err.code, "SW-2009");
	}
}

static void tar_refuses_every_changed_bit(void **state)
{
	(void)state;
	for (int i = 0; i < 8 * TAR_BLOCK; i++) {
		uint8_t block[TAR_BLOCK];
		struct tar_member m;
		struct error err = { 0 };

		tar_header_format("slipway.json", 77, block);
		block[i / 8] ^= (uint8_t)(1 << (i % 8));
		if (tar_header_parse(block, &m, &err) != -EBADMSG)
			test_failed("a change of bit %d was taken", i);
	}
}

static void tar_refuses_odd_fields(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t n;
	} changes[] = {
		{ 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
			12 }, /* a negative size */
		{ 124, "\x80\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff", 12 }, /* 2^63 and more */
		{ 124, "\x80\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 12 },
		{ 124, "            ", 12 },
		{ 124, "0000000x000", 11 },
		{ 124, "9", 1 },
		{ 157, "/etc/passwd", 11 },
		{ 345, "prefix", 6 },
		{ 257, "nothing", 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		uint8_t block[TAR_BLOCK];
		struct tar_member m;
		struct error err = { 0 };

		tar_header_format("slipway.json", 77, block);
		memcpy(block + changes[i].at, changes[i].bytes, changes[i].n);
		seal(block);
		if (tar_header_parse(block, &m, &err) != -EBADMSG)
			test_failed("row %zu was taken", i);
	}
}

static void tar_knows_the_end(void **state)
{
	uint8_t block[TAR_BLOCK] = { 0 };
	struct tar_member m;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(tar_header_parse(block, &m, &err), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tar_sizes_round_trip),
		cmocka_unit_test(tar_refuses_other_types),
		cmocka_unit_test(tar_refuses_every_changed_bit),
		cmocka_unit_test(tar_refuses_odd_fields),
		cmocka_unit_test(tar_knows_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
