// SPDX-License-Identifier: Apache-2.0
/* File systems: made, mounted, unmounted. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "images/filesystem.h"

/* noinit_itable leaves the zeroing of inode tables to the installed system, off our way. */
#define MOUNT_FLAGS        (MS_NOATIME | MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define MOUNT_OPTIONS_EXT4 "noinit_itable,nobarrier,data=writeback"

static const char *const names[] = {
	[FILESYSTEM_EXT4] = "ext4",
	[FILESYSTEM_XFS] = "xfs",
};

const char *filesystem_name(enum filesystem_kind kind)
{
	return names[kind];
}

/* GRUB 2.06 knows neither of the two features switched off, newer e2fsprogs default to. */
static int ext4_make(const char *device, const char *label, const char *uuid, struct error *err)
{
	const char *const argv[] = { "mkfs.ext4", "-q", "-F", "-L", label, "-U", uuid, "-O",
		"^metadata_csum_seed,^orphan_file", "-E",
		"lazy_itable_init=1,lazy_journal_init=1,nodiscard", device, NULL };
	struct process_options opts = PROCESS_OPTIONS_INIT;

	return process_run(argv, &opts, NULL, err);
}

/* The same of the extent counters that newer xfsprogs make larger. */
static int xfs_make(const char *device, const char *label, const char *uuid, struct error *err)
{
	char uuid_option[64];
	const char *const argv[] = { "mkfs.xfs", "-q", "-f", "-K", "-L", label, "-m", uuid_option,
		"-i", "nrext64=0", device, NULL };
	struct process_options opts = PROCESS_OPTIONS_INIT;

	(void)snprintf(uuid_option, sizeof(uuid_option), "uuid=%s", uuid);
	return process_run(argv, &opts, NULL, err);
}

int filesystem_make(enum filesystem_kind kind, const char *device, const char *label,
	const char *uuid, struct error *err)
{
	int r = kind == FILESYSTEM_XFS ? xfs_make(device, label, uuid, err)
				       : ext4_make(device, label, uuid, err);

	return r < 0 ? fail_in(err, "making a file system on '%s'", device) : 0;
}

int filesystem_mount(const char *device, enum filesystem_kind kind, const char *at,
	struct mounted *ret, struct error *err)
{
	const char *options = kind == FILESYSTEM_EXT4 ? MOUNT_OPTIONS_EXT4 : NULL;
	int r;

	if (strlen(at) >= sizeof(ret->at))
		return fail(err, ENAMETOOLONG, "mounting on '%s'", at);
	if ((r = make_dirs(at, 0700, err)) < 0)
		return r;
	if (mount(device, at, names[kind], MOUNT_FLAGS, options) < 0)
		return fail(err, errno, "mounting '%s' on '%s'", device, at);
	(void)snprintf(ret->at, sizeof(ret->at), "%s", at);
	ret->active = true;
	return 0;
}

static int mounted_sync(const struct mounted *m, struct error *err)
{
	auto_close int fd = open(m->at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		return fail(err, errno, "syncing '%s'", m->at);
	return 0;
}

int filesystem_unmount(struct mounted *m, struct error *err)
{
	int r;

	if (!m->active)
		return 0;
	if ((r = mounted_sync(m, err)) < 0)
		return r;
	if (umount2(m->at, UMOUNT_NOFOLLOW) < 0)
		return fail(err, errno, "unmounting '%s'", m->at);
	m->active = false;
	return 0;
}

void mounted_done(struct mounted *m)
{
	if (m->active)
		(void)umount2(m->at, MNT_DETACH | UMOUNT_NOFOLLOW); /* nothing more can be done */
	m->active = false;
}
