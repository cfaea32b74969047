// SPDX-License-Identifier: Apache-2.0
/*
 * A raw disk image onto a machine's disk. The agent calls, in this order:
 *
 *	disk_image_begin()   the disk is opened and looked at; nothing is changed
 *	disk_image_write()   the image's table is fitted to the disk, old signatures go, and all of
 *	                     it is written but the first MiB and the place of the backup GPT
 *	disk_image_seed()    the machine's configuration, into a partition of its own
 *	disk_image_commit()  what was held back, sector 0 last
 *	disk_image_free()    the disk stays unbootable unless disk_image_commit() returned 0
 *
 * All calls block. Nothing of the image is run or mounted. Needs root.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "images/blob_stream.h"
#include "images/rootfs.h"

/* Room for the configuration: a partition of its own at the disk's end. */
#define DISK_IMAGE_SEED_BYTES (UINT64_C(16) << 20)

struct disk_image_plan {
	const char *disk; /* "/dev/sda" */
	const struct rootfs_layer *blob;
	struct rootfs_source source;
	uint64_t image_bytes; /* of the raw disk, as its makers say; 0: not said */
	bool uefi;            /* what this machine starts by, */
	bool bios;            /* so that an image that cannot be started is refused */
	/* As of struct install_plan. NULL: none */
	int (*progress)(const char *step, uint64_t done_bytes, uint64_t total_bytes, void *arg);
	void *progress_arg;
	struct blob_trail *trail; /* of this fetch; NULL: none */
};

struct disk_image_result {
	uint64_t raw_bytes;     /* of the image, unpacked */
	uint64_t written_bytes; /* to the disk, without what is zero anyway */
	bool grown;             /* its last partition reaches up to the configuration now */
};

struct disk_image;

/* The plan is borrowed and must outlive *ret. Errors: SW-3007 disk in use, SW-3008 too small. */
int disk_image_begin(
	const struct disk_image_plan *plan, struct disk_image **ret, struct error *err);

/* Errors, nothing was written: SW-3008 too small for what the image's own table says, SW-3016 a
 * table that does not fit, SW-3017 nothing for this machine's firmware to start. Later: SW-3010
 * wrong bytes, SW-3011 damaged ones, SW-3018 the image is another one than it said. */
int disk_image_write(struct disk_image *d, struct error *err);

/* Writes the file system of the configuration (images/iso.h), at most DISK_IMAGE_SEED_BYTES. */
int disk_image_seed(struct disk_image *d, const void *p, size_t n, struct error *err);

/* Once. */
int disk_image_commit(struct disk_image *d, struct disk_image_result *ret, struct error *err);

void disk_image_free(struct disk_image *d);
static inline void cleanup_disk_image(struct disk_image **d)
{
	disk_image_free(*d);
}
#define auto_disk_image __attribute__((cleanup(cleanup_disk_image))) struct disk_image
