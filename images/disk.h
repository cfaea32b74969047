// SPDX-License-Identifier: Apache-2.0
/*
 * The disk an installation writes. From disk_prepare() to disk_commit() it has no partition table
 * and no signature: the partitions are known to the running kernel only (BLKPG), so that a machine
 * that loses power falls through to the network at its next start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "images/disk_layout.h"

#define DISK_PATH_MAX   320
#define DISK_BOOT_BYTES 440 /* boot code in sector 0, before the disk signature */

struct disk {
	char path[DISK_PATH_MAX];
	int fd;                    /* -1: not open */
	struct disk_layout layout; /* sizes from disk_open() on, the rest from disk_lay_out() on */
	bool partitioned;          /* the kernel has our partitions */
};

#define DISK_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Opens a whole disk. SW-3007 where it or a part of it is in use; nothing is changed. */
int disk_open(struct disk *d, const char *path, struct error *err);

/* Decides where things are to lie on it (disk_layout_plan); nothing is changed. */
int disk_lay_out(struct disk *d, const struct disk_request *want, struct error *err);

/* Removes what was there: old partitions, old signatures and tables (sector 0 first), everything
 * where the disk can discard and `keep` is false. */
int disk_wipe(struct disk *d, bool keep, struct error *err);

/* Tells the kernel of our partitions. Their nodes appear in /dev. */
int disk_add_partitions(struct disk *d, struct error *err);

/* The node of a partition: "/dev/sda3", made where devtmpfs did not. */
int disk_partition_path(
	const struct disk *d, size_t part, char out[static DISK_PATH_MAX], struct error *err);

/* Writes n bytes into a partition. */
int disk_partition_write(
	const struct disk *d, size_t part, uint64_t at, const void *p, size_t n, struct error *err);

/* Writes n bytes at a place of the whole disk. */
int disk_write(const struct disk *d, uint64_t at, const void *p, size_t n, struct error *err);

/* Puts a table's bytes onto the disk: its tail, its head, and as the very last sector 0, each on the
 * medium before the next. Nothing of the disk may be mounted. */
int disk_put_table(const struct disk *d, const struct disk_table *t, struct error *err);

/* Makes the disk bootable: backup table, primary table, and as the very last sector the boot code
 * (DISK_BOOT_BYTES bytes; NULL: none) with the protective MBR, each on the medium before the next.
 * Nothing of the disk may be mounted. */
int disk_commit(struct disk *d, const uint8_t *boot_code, struct error *err);

void disk_done(struct disk *d);
#define auto_disk __attribute__((cleanup(disk_done))) struct disk
