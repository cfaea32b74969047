// SPDX-License-Identifier: Apache-2.0
/*
 * A header is 512 bytes: name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1]
 * linkname[100] magic[6] version[2] uname[32] gname[32] devmajor[8] devminor[8] prefix[155]
 * pad[12]. Numbers are octal digits; a size with its first byte 0x80 is binary, big-endian.
 */
#include "bundles/tar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_CHECKSUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_MAJOR = 329,
	AT_MINOR = 337,
	AT_PREFIX = 345,
};

#define OCTAL_SIZE_MAX 077777777777ull

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static unsigned int checksum(const uint8_t block[static TAR_BLOCK])
{
	unsigned int sum = 8 * ' '; /* its own field counts as blanks */

	for (int i = 0; i < TAR_BLOCK; i++)
		sum += i >= AT_CHECKSUM && i < AT_TYPE ? 0 : block[i];
	return sum;
}

/* Digits, then a blank or NUL or the field's end. */
static int octal_parse(const uint8_t *p, size_t n, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i = 0;

	if (p[0] < '0' || p[0] > '7')
		return -EINVAL;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(p[i] - '0'); /* at most 12 digits: 36 bits */
	if (i < n && p[i] != '\0' && p[i] != ' ')
		return -EINVAL;
	*ret = value;
	return 0;
}

static int size_field_parse(const uint8_t *p, uint64_t *ret)
{
	uint64_t value = 0;

	if (p[0] != 0x80)
		return octal_parse(p, 12, ret);
	if (!all_zero(p + 1, 3) || p[4] & 0x80)
		return -EINVAL; /* 2^63 and more */
	for (int i = 4; i < 12; i++)
		value = value << 8 | p[i];
	*ret = value;
	return 0;
}

int tar_header_parse(
	const uint8_t block[static TAR_BLOCK], struct tar_member *ret, struct error *err)
{
	struct tar_member m = { 0 };
	uint64_t sum;
	size_t name_size = strnlen((const char *)block + AT_NAME, TAR_NAME_MAX - 1);

	if (all_zero(block, TAR_BLOCK))
		return 1;
	if (memcmp(block + AT_MAGIC, "ustar", 5) != 0)
		return fail_code(err, EBADMSG, "SW-2001", "it is no tar archive there");
	if (octal_parse(block + AT_CHECKSUM, 6, &sum) < 0 || sum != checksum(block) ||
		memcmp(block + AT_CHECKSUM + 6, "\0 ", 2) != 0)
		return fail_code(err, EBADMSG, "SW-2006",
			"the header there is damaged: its checksum is wrong");
	if (block[AT_TYPE] != '0' && block[AT_TYPE] != '\0')
		return fail_code(err, EBADMSG, "SW-2009",
			"a member there is no regular file (type %d)", block[AT_TYPE]);
	if (block[AT_LINK] || block[AT_PREFIX])
		return fail_code(err, EBADMSG, "SW-2009",
			"a member there has a link's target or a long name");
	if (size_field_parse(block + AT_SIZE, &m.size) < 0)
		return fail_code(err, EBADMSG, "SW-2009", "a member there has no valid size");
	memcpy(m.name, block + AT_NAME, name_size);
	*ret = m;
	return 0;
}

/* `digits` octal digits and a NUL, most significant first. */
static void octal_format(uint8_t *out, int digits, uint64_t value)
{
	for (int i = digits - 1; i >= 0; i--, value >>= 3)
		out[i] = (uint8_t)('0' + (value & 7));
	out[digits] = '\0';
}

static void size_field_format(uint8_t *out, uint64_t size)
{
	if (size <= OCTAL_SIZE_MAX) {
		octal_format(out, 11, size);
		return;
	}
	out[0] = 0x80;
	for (int i = 11; i >= 4; i--, size >>= 8)
		out[i] = (uint8_t)size;
}

void tar_header_format(const char *name, uint64_t size, uint8_t block[static TAR_BLOCK])
{
	memset(block, 0, TAR_BLOCK);
	memcpy(block + AT_NAME, name, strnlen(name, TAR_NAME_MAX - 1));
	octal_format(block + AT_MODE, 7, 0644);
	octal_format(block + AT_UID, 7, 0);
	octal_format(block + AT_GID, 7, 0);
	size_field_format(block + AT_SIZE, size);
	octal_format(block + AT_MTIME, 11, 0);
	block[AT_TYPE] = '0';
	memcpy(block + AT_MAGIC, "ustar\00000", 8);
	octal_format(block + AT_MAJOR, 7, 0);
	octal_format(block + AT_MINOR, 7, 0);
	octal_format(block + AT_CHECKSUM, 6, checksum(block));
	block[AT_CHECKSUM + 7] = ' ';
}
