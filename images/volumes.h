// SPDX-License-Identifier: Apache-2.0
/*
 * The file systems of an installation: made, mounted one below the other, told to the installed
 * system by fstab(5), unmounted in the end. Called by install.c; partitions are disk.h's matter.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "images/disk.h"
#include "images/filesystem.h"

struct volume {
	char device[DISK_PATH_MAX]; /* what the file system lies on */
	char uuid[UUID_TEXT_MAX];   /* its own */
	struct mounted mounted;
};

struct volumes {
	const struct disk_volume *list; /* the first is "/" */
	size_t n;
	struct volume volume[DISK_VOLUMES_MAX];
};

/* Makes the file system of each volume, whose `device` is set, and mounts all below `at`. */
int volumes_make(struct volumes *v, const char *at, struct error *err);

/* Adds their lines of fstab(5). */
void volumes_fstab(const struct volumes *v, struct buf *out);

/* Syncs and unmounts, the last one first. */
int volumes_release(struct volumes *v, struct error *err);

/* Unmounts whatever it takes, for a scope that failed. */
void volumes_done(struct volumes *v);
