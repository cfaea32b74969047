// SPDX-License-Identifier: Apache-2.0
/* Files below a root that is not trusted. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "images/target.h"

#define TEMPORARY "slipway.new" /* never a name of its own: renamed or removed at once */

int target_open(const char *root, struct error *err)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fail(err, errno, "opening the new root '%s'", root) : fd;
}

static int resolve(int root_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int target_resolve(int root_fd, const char *path, int flags, struct error *err)
{
	int fd = resolve(root_fd, path, flags);

	return fd < 0 ? fail(err, -fd, "opening '%s' in the new root", path) : fd;
}

/* Opens the folder of `path`, making what is missing on the way. `path` is cut at each slash and
 * mended again. */
static int folder_open(int root_fd, char *path, struct error *err)
{
	auto_close int dir = resolve(root_fd, "/", O_RDONLY | O_DIRECTORY);

	if (dir < 0)
		return fail(err, -dir, "opening the new root");
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		const char *name;
		int next;

		*slash = '\0';
		name = strrchr(path, '/') + 1;
		next = resolve(root_fd, path, O_RDONLY | O_DIRECTORY);
		if (next == -ENOENT && mkdirat(dir, name, 0755) == 0 &&
			fchmodat(dir, name, 0755, 0) == 0)
			next = resolve(root_fd, path, O_RDONLY | O_DIRECTORY);
		if (next < 0) {
			fail(err, -next, "folder '%s' in the new root", path);
			*slash = '/';
			return err->number;
		}
		*slash = '/';
		(void)close(dir); /* only read */
		dir = next;
	}
	return take_fd(&dir);
}

static int path_check(const char *path, struct error *err)
{
	size_t n = strlen(path);

	if (path[0] != '/' || n < 2 || path[n - 1] == '/' || n >= 4096)
		return fail(err, EINVAL, "'%s' is no absolute path of a file", path);
	for (const char *p = path; *p; p = strchrnul(p + 1, '/'))
		if (strncmp(p, "//", 2) == 0 || strncmp(p, "/../", 4) == 0 ||
			strcmp(p, "/..") == 0 || strncmp(p, "/./", 3) == 0 || strcmp(p, "/.") == 0)
			return fail(err, EINVAL, "'%s' is no plain path", path);
	return 0;
}

static int link_write(int dir, const struct target_file *file, struct error *err)
{
	if (symlinkat(file->link, dir, TEMPORARY) < 0 ||
		fchownat(dir, TEMPORARY, file->uid, file->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(err, errno, "making a link");
	return 0;
}

static int content_write(int dir, const struct target_file *file, struct error *err)
{
	auto_close int fd =
		openat(dir, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return fail(err, errno, "making a file");
	if ((r = write_all(fd, file->content, file->size, err)) < 0)
		return r;
	/* Owner before mode: a change of owner clears setuid. */
	if (fchown(fd, file->uid, file->gid) < 0 || fchmod(fd, file->mode & 07777) < 0)
		return fail(err, errno, "setting owner and mode");
	return 0;
}

int target_write(int root_fd, const struct target_file *file, struct error *err)
{
	auto_free char *path = NULL;
	auto_close int dir = -1;
	int r = path_check(file->path, err);

	if (r < 0)
		return r;
	path = strdup(file->path);
	if (!path)
		return fail_memory(err);
	if ((dir = folder_open(root_fd, path, err)) < 0)
		return fail_in(err, "writing '%s'", file->path);
	(void)unlinkat(dir, TEMPORARY, 0); /* one an image brought; O_EXCL tells if it stays */
	r = file->link ? link_write(dir, file, err) : content_write(dir, file, err);
	if (r == 0 && renameat(dir, TEMPORARY, dir, strrchr(path, '/') + 1) < 0)
		r = fail(err, errno, "putting it in place");
	if (r < 0) {
		(void)unlinkat(dir, TEMPORARY, 0); /* the first error counts */
		return fail_in(err, "writing '%s' into the new root", file->path);
	}
	return 0;
}
