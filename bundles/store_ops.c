// SPDX-License-Identifier: Apache-2.0
/* The store's effects on a real file system: each a system call with its error as -errno. */
#include "bundles/store_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int disk_make_dir(int dir_fd, const char *name)
{
	return mkdirat(dir_fd, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int disk_open_unnamed(int dir_fd, mode_t mode)
{
	int fd = openat(dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);

	return fd < 0 ? -errno : fd;
}

static int disk_reserve(int fd, uint64_t size)
{
	if (fallocate(fd, 0, 0, (off_t)size) == 0)
		return 0;
	return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno; /* then the writes will tell */
}

static ssize_t disk_write(int fd, const void *p, size_t n)
{
	ssize_t done = write(fd, p, n);

	return done < 0 ? -errno : done;
}

static void disk_write_back(int fd, uint64_t offset, uint64_t size)
{
	(void)sync_file_range(fd, (off_t)offset, (off_t)size, SYNC_FILE_RANGE_WRITE);
}

static int disk_sync(int fd)
{
	return fsync(fd) < 0 ? -errno : 0;
}

static int disk_link(int fd, int dir_fd, const char *name)
{
	char self[32];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dir_fd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int disk_rename(int dir_fd, const char *from, const char *to)
{
	return renameat(dir_fd, from, dir_fd, to) < 0 ? -errno : 0;
}

static int disk_unlink(int dir_fd, const char *name)
{
	return unlinkat(dir_fd, name, 0) < 0 ? -errno : 0;
}

static int disk_mark(int fd, bool damaged)
{
	return fchmod(fd, damaged ? 0 : 0644) < 0 ? -errno : 0;
}

static int disk_lock(int dir_fd)
{
	return flock(dir_fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int disk_free_space(int dir_fd, uint64_t *ret_bytes)
{
	struct statvfs vfs;

	if (fstatvfs(dir_fd, &vfs) < 0)
		return -errno;
	*ret_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	return 0;
}

static void volatile_write_back(int fd, uint64_t offset, uint64_t size)
{
	(void)fd;
	(void)offset;
	(void)size;
}

static int volatile_sync(int fd)
{
	(void)fd;
	return 0;
}

const struct store_ops store_ops_disk = {
	.make_dir = disk_make_dir,
	.open_unnamed = disk_open_unnamed,
	.reserve = disk_reserve,
	.write = disk_write,
	.write_back = disk_write_back,
	.sync = disk_sync,
	.link = disk_link,
	.rename = disk_rename,
	.unlink = disk_unlink,
	.mark = disk_mark,
	.lock = disk_lock,
	.free_space = disk_free_space,
};

const struct store_ops store_ops_volatile = {
	.make_dir = disk_make_dir,
	.open_unnamed = disk_open_unnamed,
	.reserve = disk_reserve,
	.write = disk_write,
	.write_back = volatile_write_back,
	.sync = volatile_sync,
	.link = disk_link,
	.rename = disk_rename,
	.unlink = disk_unlink,
	.mark = disk_mark,
	.lock = disk_lock,
	.free_space = disk_free_space,
};
