// SPDX-License-Identifier: Apache-2.0
/* File systems: made by their own programs as children, mounted and unmounted with their scope. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

#define FILESYSTEM_PATH_MAX 256

enum filesystem_kind { FILESYSTEM_EXT4, FILESYSTEM_XFS };

/* "ext4", "xfs": its name for mount(2) and fstab(5). */
const char *filesystem_name(enum filesystem_kind kind);

/* Makes one that GRUB 2.06 can read. device may be a plain file; label: at most 12 bytes, "" for
 * none. */
int filesystem_make(enum filesystem_kind kind, const char *device, const char *label,
	const char *uuid, struct error *err);

/* A mounted file system; zeroed is none. */
struct mounted {
	char at[FILESYSTEM_PATH_MAX];
	bool active;
};

/* Mounts for writing an installation: quick rather than safe, as a power cut means starting again.
 * nosuid, nodev and noexec hold for this mount only. Makes the folder `at` where it is missing. */
int filesystem_mount(const char *device, enum filesystem_kind kind, const char *at,
	struct mounted *ret, struct error *err);

/* Syncs and unmounts; fails where either did, -EBUSY included. */
int filesystem_unmount(struct mounted *m, struct error *err);

/* Unmounts whatever it takes, for a scope that failed. */
void mounted_done(struct mounted *m);
#define auto_mounted __attribute__((cleanup(mounted_done))) struct mounted
