// SPDX-License-Identifier: Apache-2.0
/*
 * Where things lie on an installed disk, and the GPT that says so (UEFI specification 2.10,
 * chapter 5). Pure but for libfdisk, which works on memory: nothing here touches a disk.
 *
 *	1  BIOS boot   1 MiB    GRUB's core image
 *	2  ESP         300 MiB  FAT32 with EFI/BOOT/BOOTX64.EFI
 *	3  root        the rest ext4
 *
 * images/disk.h gives the partitions to the kernel while the disk itself has no table yet, and puts
 * the table's bytes in place as the last step.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define UUID_TEXT_MAX 37

enum disk_partition { DISK_BIOS_BOOT, DISK_ESP, DISK_ROOT, DISK_PARTITIONS };

struct disk_extent {
	uint64_t start_bytes;
	uint64_t size_bytes;
	char uuid[UUID_TEXT_MAX]; /* unique partition GUID */
};

struct disk_layout {
	uint64_t size_bytes;
	uint32_t sector;          /* logical sector: 512 or 4096 */
	char uuid[UUID_TEXT_MAX]; /* disk GUID */
	struct disk_extent part[DISK_PARTITIONS];
};

/* Lays out a disk with new random GUIDs. SW-3008 where it is too small. */
int disk_layout_plan(
	uint64_t size_bytes, uint32_t sector, struct disk_layout *ret, struct error *err);

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
