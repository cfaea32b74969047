// SPDX-License-Identifier: Apache-2.0
/* Mounting a stick, and what is in its top folder. */
#include "bundles/stick.h"

#include <blkid.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define SUFFIX        ".bundle"
#define FILE_NAME_MAX 256

static void probe_cleanup(blkid_probe *p)
{
	blkid_free_probe(*p);
}
#define auto_probe __attribute__((cleanup(probe_cleanup))) blkid_probe

/* What sticks have, by libblkid's names, and what keeps the driver from touching the journal. */
static const struct kind {
	const char *type;
	const char *no_replay; /* NULL: it has no journal */
} kinds[] = {
	{ "vfat", NULL },
	{ "exfat", NULL },
	{ "iso9660", NULL },
	{ "udf", NULL },
	{ "ext2", NULL },
	{ "ext3", "noload" },
	{ "ext4", "noload" },
	{ "xfs", "norecovery" },
};

static int kind_find(const char *path, const struct kind **ret, struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	auto_probe probe = fd < 0 ? NULL : blkid_new_probe();
	const char *type = NULL;

	if (fd < 0)
		return fail(err, errno, "opening '%s'", path);
	if (!probe || blkid_probe_set_device(probe, fd, 0, 0) < 0)
		return fail(err, ENOMEM, "looking at '%s'", path);
	(void)blkid_probe_enable_superblocks(probe, 1); /* these two cannot fail */
	(void)blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
	if (blkid_do_safeprobe(probe) == 0)
		(void)blkid_probe_lookup_value(probe, "TYPE", &type, NULL); /* stays NULL */
	for (size_t i = 0; type && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, type) == 0) {
			*ret = &kinds[i];
			return 0;
		}
	return fail_code(err, ENODATA, "SW-2050", "'%s' has no file system that sticks have", path);
}

static int file_system_open(const char *path, const struct kind *kind, struct error *err)
{
	auto_close int fd = fsopen(kind->type, FSOPEN_CLOEXEC);

	if (fd < 0 && errno == ENODEV)
		return fail_code(err, ENODEV, "SW-2050",
			"the kernel has no driver for %s, which '%s' has", kind->type, path);
	if (fd < 0)
		return fail(err, errno, "mounting '%s'", path);
	if (fsconfig(fd, FSCONFIG_SET_STRING, "source", path, 0) < 0 ||
		fsconfig(fd, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
		(kind->no_replay &&
			fsconfig(fd, FSCONFIG_SET_FLAG, kind->no_replay, NULL, 0) < 0) ||
		fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail_code(err, errno, "SW-2051", "the %s of '%s' can't be mounted: %s",
			kind->type, path, strerror(errno));
	return take_fd(&fd);
}

int stick_mount(const char *device, int *ret_fd, struct error *err)
{
	const unsigned int flags =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	const struct kind *kind = NULL;
	auto_close int fs = -1;
	auto_close int mount_fd = -1;
	char path[STICK_NAME_MAX + 8];
	int r;

	if (!stick_name_valid(device))
		return fail_code(err, EINVAL, NULL, "'%.40s' is no block device", device);
	(void)snprintf(path, sizeof(path), "/dev/%s", device);
	r = kind_find(path, &kind, err);
	if (r < 0)
		return r;
	fs = file_system_open(path, kind, err);
	if (fs < 0)
		return fs;
	mount_fd = fsmount(fs, FSMOUNT_CLOEXEC, flags);
	if (mount_fd < 0)
		return fail(err, errno, "mounting '%s'", path);
	*ret_fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? fail(err, errno, "reading '%s'", path) : 0;
}

static bool is_bundle(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > strlen(SUFFIX) && n < FILE_NAME_MAX &&
	       strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

static int name_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

int stick_bundles(int dir_fd, int (*fn)(const char *name, void *arg, struct error *err), void *arg,
	struct error *err)
{
	auto_free char(*names)[FILE_NAME_MAX] = calloc(STICK_BUNDLES_MAX, sizeof(*names));
	int own = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	auto_dir DIR *dir = own < 0 ? NULL : fdopendir(own);
	const struct dirent *e;
	size_t count = 0;
	int r = 0;

	if (!names || !dir)
		return fail(err, ENOMEM, "reading the top folder");
	rewinddir(dir);
	while (count < STICK_BUNDLES_MAX && (e = readdir(dir)))
		if (is_bundle(e->d_name))
			(void)snprintf(names[count++], FILE_NAME_MAX, "%s", e->d_name);
	qsort(names, count, sizeof(*names), name_order);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = fn(names[i], arg, err);
	return r;
}

int stick_open(int dir_fd, const char *name, int *ret_fd, struct error *err)
{
	auto_close int fd = -1;
	struct stat st;

	if (strchr(name, '/') || !is_bundle(name))
		return fail_code(err, EINVAL, NULL, "'%.80s' is no name of a bundle", name);
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "opening '%s'", name);
	if (!S_ISREG(st.st_mode))
		return fail_code(err, EINVAL, "SW-2052", "'%s' is no regular file", name);
	*ret_fd = take_fd(&fd);
	return 0;
}
