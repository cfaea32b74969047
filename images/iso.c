// SPDX-License-Identifier: Apache-2.0
/*
 * A small ISO 9660 file system. In sectors of 2048 bytes:
 *
 *	0-15  unused
 *	16    primary volume descriptor (ECMA-119, 8.4)
 *	17    the end of descriptors (8.3)
 *	18    path table, little-endian (9.4): the root alone
 *	19    the same, big-endian
 *	20    the root folder (9.1)
 *	21    the files, each from a sector's start
 */
#include <stdint.h>
#include <string.h>

#include "images/iso.h"

#define VOLUME_SECTOR 16
#define END_SECTOR    17
#define PATHS_SECTOR  18
#define ROOT_SECTOR   20
#define FILES_SECTOR  21
#define RECORD_SIZE   33 /* without the name */
#define PATH_SIZE     10 /* of the root's entry */
#define FOLDER        0x02
#define VERSION       ";1" /* ends each name on the medium */

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * (3 - i));
}

/* Numbers stand in both orders, one behind the other. */
static void put_both32(uint8_t *p, uint32_t v)
{
	put_le32(p, v);
	put_be32(p + 4, v);
}

static void put_both16(uint8_t *p, uint16_t v)
{
	p[0] = p[3] = (uint8_t)v;
	p[1] = p[2] = (uint8_t)(v >> 8);
}

/* A folder's record of a file; returns its size. */
static size_t record_put(uint8_t *p, const void *name, size_t name_size, uint32_t sector,
	uint32_t size, uint8_t flags)
{
	size_t n = (RECORD_SIZE + name_size + 1) / 2 * 2;

	p[0] = (uint8_t)n;
	put_both32(p + 2, sector);
	put_both32(p + 10, size);
	p[18] = 70; /* 1970, the first of January: the same bytes each time */
	p[19] = p[20] = 1;
	p[25] = flags;
	put_both16(p + 28, 1); /* volume of the set */
	p[32] = (uint8_t)name_size;
	memcpy(p + RECORD_SIZE, name, name_size);
	return n;
}

static uint32_t sectors_of(size_t size)
{
	return (uint32_t)((size + ISO_SECTOR - 1) / ISO_SECTOR);
}

static void text_put(uint8_t *p, size_t n, const char *text)
{
	size_t len = strlen(text);

	memset(p, ' ', n);
	memcpy(p, text, len < n ? len : n);
}

static void volume_put(uint8_t *p, const char *label, uint32_t sectors)
{
	p[0] = 1; /* primary */
	memcpy(p + 1, "CD001", 5);
	p[6] = 1;
	text_put(p + 8, 32, "LINUX");
	text_put(p + 40, 32, label);
	put_both32(p + 80, sectors);
	put_both16(p + 120, 1); /* volumes of the set, */
	put_both16(p + 124, 1); /* and which this is */
	put_both16(p + 128, ISO_SECTOR);
	put_both32(p + 132, PATH_SIZE);
	put_le32(p + 140, PATHS_SECTOR);
	put_be32(p + 148, PATHS_SECTOR + 1);
	(void)record_put(p + 156, "\0", 1, ROOT_SECTOR, ISO_SECTOR, FOLDER);
	memset(p + 190, ' ', 128 * 4 + 37 * 3); /* who made it, and what of: not said */
	memset(p + 813, '0', 16 * 4);           /* times: not given */
	for (int i = 0; i < 4; i++)
		p[813 + 17 * i + 16] = 0;
	p[881] = 1; /* of the structure: its version */
}

static void head_put(
	uint8_t *p, const char *label, const struct iso_file *files, size_t n, uint32_t sectors)
{
	uint8_t *root = p + ROOT_SECTOR * ISO_SECTOR;
	uint8_t *paths = p + PATHS_SECTOR * ISO_SECTOR;
	uint32_t at = FILES_SECTOR;
	char name[ISO_NAME_MAX + sizeof(VERSION)];

	volume_put(p + VOLUME_SECTOR * ISO_SECTOR, label, sectors);
	memcpy(p + END_SECTOR * ISO_SECTOR,
		"\xff"
		"CD001\x01",
		7);
	paths[0] = paths[ISO_SECTOR] = 1; /* length of the root's name */
	put_le32(paths + 2, ROOT_SECTOR);
	put_be32(paths + ISO_SECTOR + 2, ROOT_SECTOR);
	paths[6] = paths[ISO_SECTOR + 7] = 1; /* its parent is itself */
	root += record_put(root, "\0", 1, ROOT_SECTOR, ISO_SECTOR, FOLDER);
	root += record_put(root, "\1", 1, ROOT_SECTOR, ISO_SECTOR, FOLDER);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(files[i].name);

		memcpy(name, files[i].name, len);
		memcpy(name + len, VERSION, sizeof(VERSION));
		root += record_put(
			root, name, len + strlen(VERSION), at, (uint32_t)files[i].size, 0);
		at += sectors_of(files[i].size);
	}
}

static int names_check(const struct iso_file *files, size_t n, struct error *err)
{
	if (n > ISO_FILES_MAX)
		return fail(err, E2BIG, "making a file system of %zu files", n);
	for (size_t i = 0; i < n; i++)
		if (strlen(files[i].name) > ISO_NAME_MAX || files[i].size > UINT32_MAX)
			return fail(err, ENAMETOOLONG, "'%s'", files[i].name);
	return 0;
}

int iso_make(const char *label, const struct iso_file *files, size_t n, struct buf *out,
	struct error *err)
{
	static const uint8_t zeros[FILES_SECTOR * ISO_SECTOR];
	uint32_t sectors = FILES_SECTOR;
	int r = names_check(files, n, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		sectors += sectors_of(files[i].size);
	buf_add(out, zeros, sizeof(zeros));
	for (size_t i = 0; i < n; i++) {
		buf_add(out, files[i].content, files[i].size);
		buf_add(out, zeros, sectors_of(files[i].size) * ISO_SECTOR - files[i].size);
	}
	if ((r = buf_check(out, "a file system of configuration", err)) < 0)
		return r;
	head_put((uint8_t *)out->data, label, files, n, sectors);
	return 0;
}
