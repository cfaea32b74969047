// SPDX-License-Identifier: Apache-2.0
/* The bytes of a bundle's file as they come. */
#include "bundles/input.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int input_open(struct input *in, int fd, struct error *err)
{
	off_t start = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	*in = (struct input){ .fd = fd };
	if (fstat(fd, &st) < 0)
		return fail(err, errno, "looking at the bundle");
	if (S_ISDIR(st.st_mode))
		return fail(err, EISDIR, "reading the bundle");
	if (start < 0 || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return 0;
	in->seekable = true;
	in->device = S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev;
	in->size = (uint64_t)lseek(fd, 0, SEEK_END) - (uint64_t)start;
	if (lseek(fd, start, SEEK_SET) < 0)
		return fail(err, errno, "going to the bundle's start");
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
	return 0;
}

/* A stick that is pulled out leaves errors on reading, and its device is no longer known. Devices
 * of major number 0 (btrfs, tmpfs, networks) are never listed. */
static bool is_unplugged(const struct input *in)
{
	char path[64];

	if (in->device == 0 || major(in->device) == 0)
		return false;
	(void)snprintf(
		path, sizeof(path), "/sys/dev/block/%u:%u", major(in->device), minor(in->device));
	return access("/sys/dev/block", F_OK) == 0 && access(path, F_OK) < 0;
}

static int read_fail(const struct input *in, int number, struct error *err)
{
	unsigned long long at = in->offset;

	if (number != ENODEV && number != ENXIO && !is_unplugged(in)) {
		(void)fail(err, number, "reading at byte %llu of the file", at);
		return err->number;
	}
	(void)fail_code(err, ENODEV, "SW-2031",
		"the stick was unplugged while byte %llu of the file was read", at);
	return fail_hint(err, "Plug it in and import again: what was whole is kept.");
}

int input_read(struct input *in, void *p, size_t n, size_t *ret_n, struct error *err)
{
	ssize_t got;

	do
		got = read(in->fd, p, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return read_fail(in, errno, err);
	in->offset += (uint64_t)got;
	*ret_n = (size_t)got;
	return 0;
}

int input_skip(struct input *in, uint64_t n, struct error *err)
{
	if (n > in->size || in->offset > in->size - n)
		return 1;
	if (lseek(in->fd, (off_t)n, SEEK_CUR) < 0)
		return read_fail(in, errno, err);
	in->offset += n;
	return 0;
}
