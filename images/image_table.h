// SPDX-License-Identifier: Apache-2.0
/*
 * The partition table of a raw disk image, made to fit the disk that the image goes to: a GPT's
 * backup moves to the disk's end, the last partition grows, and behind it comes one more, for the
 * machine's own configuration. Works on memory alone, by libfdisk; GPT and MBR.
 *
 * The file system in the grown partition is left to the image: resize2fs or xfs_growfs would have
 * the agent's kernel mount a file system it knows nothing of.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "images/disk_layout.h"

#define IMAGE_HEAD (1u << 20) /* of the image: holds its table, and what firmware starts */

struct image_table {
	struct disk_table table; /* head (IMAGE_HEAD bytes) and tail (0 bytes of an MBR) as they are
				    to be on the disk */
	uint64_t data_end;       /* the image's bytes from here on are its own backup table;
				    UINT64_MAX: it has none */
	uint64_t extra_start_bytes; /* of the added partition */
	bool has_esp;               /* UEFI finds something to start */
	bool has_boot_code;         /* and BIOS does */
	bool grown;                 /* the last partition */
};

/* head: the image's first IMAGE_HEAD bytes. extra_bytes: size of the partition to be added, whole
 * MiB. The caller calls image_table_done(). SW-3008 the disk is too small; SW-3016 no table that
 * can be read, one for other sectors than the disk's, or one without room for an entry. */
int image_table_fit(const uint8_t *head, uint64_t disk_bytes, uint32_t sector, uint64_t extra_bytes,
	struct image_table *ret, struct error *err);
void image_table_done(struct image_table *t);
#define auto_image_table __attribute__((cleanup(image_table_done))) struct image_table
