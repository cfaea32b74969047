// SPDX-License-Identifier: Apache-2.0
/*
 * Where things lie on an installed disk, and the GPT that says so (UEFI specification 2.10,
 * chapter 5). Pure but for libfdisk, which works on memory: nothing here touches a disk.
 *
 *	1  BIOS boot   1 MiB    GRUB's core image
 *	2  ESP         300 MiB  FAT32 with EFI/BOOT/BOOTX64.EFI
 *	3  root
 *	4  and on      the other volumes, if any; the last one grows to the disk's end
 *
 * images/disk.h gives the partitions to the kernel while the disk itself has no table yet, and puts
 * the table's bytes in place as the last step.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "images/filesystem.h"

#define UUID_TEXT_MAX 37

#define DISK_VOLUMES_MAX    9
#define DISK_PARTITIONS_MAX (DISK_ROOT + DISK_VOLUMES_MAX)

enum disk_partition { DISK_BIOS_BOOT, DISK_ESP, DISK_ROOT }; /* DISK_ROOT + n: volume n */

/* One file system of the installed system. The first of a list is "/". */
struct disk_volume {
	const char *mount; /* "/var" */
	enum filesystem_kind filesystem;
	uint64_t size_bytes; /* 0: the least there may be; of the last: the least */
};

/* What a disk is to hold. */
struct disk_request {
	const struct disk_volume *volumes;
	size_t n_volumes;      /* 1 to DISK_VOLUMES_MAX */
	uint64_t usable_bytes; /* where the last volume may end at most; 0: the disk's end */
};

struct disk_extent {
	uint64_t start_bytes;
	uint64_t size_bytes;
	char uuid[UUID_TEXT_MAX]; /* unique partition GUID */
	const char *type;         /* its GUID; static */
	char name[37];            /* as many as GPT has room for, and NUL */
};

struct disk_layout {
	uint64_t size_bytes;
	uint32_t sector;          /* logical sector: 512 or 4096 */
	char uuid[UUID_TEXT_MAX]; /* disk GUID */
	struct disk_extent part[DISK_PARTITIONS_MAX];
	size_t n_parts;
};

/* Lays out a disk with new random GUIDs. SW-3008 where it is too small. */
int disk_layout_plan(uint64_t size_bytes, uint32_t sector, const struct disk_request *want,
	struct disk_layout *ret, struct error *err);

/* The bytes of a table: what precedes the first partition and what follows the last one. */
struct disk_table {
	uint8_t *head; /* from byte 0: protective MBR, primary header and entries */
	size_t head_size;
	uint8_t *tail; /* up to the disk's end: backup entries and header */
	size_t tail_size;
};

/* Has libfdisk write the table of `layout`. The caller calls disk_table_done(). */
int disk_table_make(const struct disk_layout *layout, struct disk_table *ret, struct error *err);
void disk_table_done(struct disk_table *t);
#define auto_disk_table __attribute__((cleanup(disk_table_done))) struct disk_table

/* A random UUID (version 4) as lower-case text. */
int uuid_generate_text(char out[static UUID_TEXT_MAX], struct error *err);
