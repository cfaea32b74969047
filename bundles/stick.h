// SPDX-License-Identifier: Apache-2.0
/*
 * Sticks: removable media with bundles in their top folder.
 *
 * A file system is mounted read-only and attached nowhere (fsmount(2)): nothing but the descriptor
 * leads to it, and it is gone when that is closed. Journals are not replayed, so not one byte of a
 * stick is written. What is on it is a stranger's: file systems beyond those that sticks have are
 * not tried, and nothing but a regular file in the top folder is opened.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

#define STICK_BUNDLES_MAX 64 /* looked at on one file system */
#define STICK_DEVICES_MAX 64
#define STICK_NAME_MAX    32 /* of a device: "sdb1" */

/* True for the name of a block device: a file of /sys/class/block. */
bool stick_name_valid(const char *device);

/* True where a device counts as a stick: it or the disk it is on is removable or on USB. */
bool stick_is_one(const char *device);

/* Calls fn with the name of every device that counts as a stick, until it fails. */
int stick_each(
	int (*fn)(const char *device, void *arg, struct error *err), void *arg, struct error *err);

/* Mounts the file system of /dev/DEVICE; *ret_fd is its top folder. -ENODATA: there is none that
 * sticks have. */
int stick_mount(const char *device, int *ret_fd, struct error *err);

/* Calls fn with the name of each *.bundle in the folder, sorted, until it fails. */
int stick_bundles(int dir_fd, int (*fn)(const char *name, void *arg, struct error *err), void *arg,
	struct error *err);

/* Opens one of them for reading. */
int stick_open(int dir_fd, const char *name, int *ret_fd, struct error *err);
