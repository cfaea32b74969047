// SPDX-License-Identifier: Apache-2.0
/* The file systems of an installation. */
#include "images/volumes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ROOT_LABEL "slipway-root"

/* "/run/slipway/target" and "/var" as one path; "/" is the folder itself. */
static int path_join(
	const char *at, const char *mount, char out[static FILESYSTEM_PATH_MAX], struct error *err)
{
	bool is_root = strcmp(mount, "/") == 0;
	int n = snprintf(out, FILESYSTEM_PATH_MAX, "%s%s", at, is_root ? "" : mount);

	return n < FILESYSTEM_PATH_MAX ? 0 : fail(err, ENAMETOOLONG, "mounting '%s'", mount);
}

/* What is mounted has the modes of an empty root until the image's own come. */
static int root_open_up(const char *path, struct error *err)
{
	return chmod(path, 0755) < 0 ? fail(err, errno, "setting the mode of '%s'", path) : 0;
}

static int volume_make(struct volumes *v, size_t i, const char *at, struct error *err)
{
	const struct disk_volume *kind = &v->list[i];
	struct volume *volume = &v->volume[i];
	char path[FILESYSTEM_PATH_MAX];
	int r;

	if ((r = path_join(at, kind->mount, path, err)) < 0 ||
		(r = uuid_generate_text(volume->uuid, err)) < 0 ||
		(r = filesystem_make(kind->filesystem, volume->device, i == 0 ? ROOT_LABEL : "",
			 volume->uuid, err)) < 0 ||
		(r = filesystem_mount(
			 volume->device, kind->filesystem, path, &volume->mounted, err)) < 0)
		return fail_in(err, "volume '%s'", kind->mount);
	return root_open_up(path, err);
}

int volumes_make(struct volumes *v, const char *at, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->n; i++)
		r = volume_make(v, i, at, err);
	return r;
}

void volumes_fstab(const struct volumes *v, struct buf *out)
{
	for (size_t i = 0; i < v->n; i++) {
		bool is_ext4 = v->list[i].filesystem == FILESYSTEM_EXT4;

		/* XFS looks after itself when it is mounted: fsck.xfs does nothing. */
		buf_printf(out, "UUID=%s %s %s %s 0 %d\n", v->volume[i].uuid, v->list[i].mount,
			filesystem_name(v->list[i].filesystem),
			i == 0 && is_ext4 ? "errors=remount-ro" : "defaults",
			!is_ext4 ? 0
			: i == 0 ? 1
				 : 2);
	}
}

int volumes_release(struct volumes *v, struct error *err)
{
	int r = 0;

	for (size_t i = v->n; r == 0 && i > 0; i--)
		r = filesystem_unmount(&v->volume[i - 1].mounted, err);
	return r;
}

void volumes_done(struct volumes *v)
{
	for (size_t i = v->n; i > 0; i--)
		mounted_done(&v->volume[i - 1].mounted);
}
