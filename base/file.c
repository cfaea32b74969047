// SPDX-License-Identifier: Apache-2.0
/* Whole files and whole writes. */
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/ed25519.h"
#include "base/encode.h"

int file_read_at(int dirfd, const char *path, size_t max, struct buf *b, struct error *err)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	char chunk[16384];
	size_t total = 0;

	if (fd < 0)
		return fail(err, errno, "opening '%s'", path);
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(err, errno, "reading '%s'", path);
		if (n == 0)
			break;
		if ((size_t)n > max - total)
			return fail_code(err, EFBIG, NULL, "'%s' is larger than %zu bytes", path,
				max);
		total += (size_t)n;
		buf_add(b, chunk, (size_t)n);
	}
	return buf_check(b, path, err);
}

int file_read(const char *path, size_t max, struct buf *b, struct error *err)
{
	return file_read_at(AT_FDCWD, path, max, b, err);
}

int write_all(int fd, const void *p, size_t n, struct error *err)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail(err, errno, "writing");
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int read_full(int fd, void *p, size_t n, size_t *ret_n, struct error *err)
{
	size_t have = 0;

	while (have < n) {
		ssize_t done = read(fd, (char *)p + have, n - have);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail(err, errno, "reading");
		if (done == 0)
			break;
		have += (size_t)done;
	}
	*ret_n = have;
	return 0;
}

/* Fsyncs the folder that holds `path`, so that a rename in it is durable. */
static int sync_parent(int dirfd, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX] = ".";
	auto_close int fd = -1;

	if (slash)
		(void)snprintf(parent, sizeof(parent), "%.*s",
			slash == path ? 1 : (int)(slash - path), path);
	fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return fail(err, errno, "syncing the folder of '%s'", path);
	return 0;
}

static int write_new(int dirfd, const char *temporary, const void *p, size_t n, mode_t mode,
	struct error *err)
{
	auto_close int fd = openat(dirfd, temporary,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int r;

	if (fd < 0)
		return fail(err, errno, "creating '%s'", temporary);
	r = write_all(fd, p, n, err);
	if (r < 0)
		return fail_in(err, "'%s'", temporary);
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return fail(err, errno, "syncing '%s'", temporary);
	return 0;
}

int file_write_at(int dirfd, const char *path, const void *p, size_t n, mode_t mode,
	struct error *err)
{
	char temporary[PATH_MAX];
	uint8_t nonce[8];
	char hex[17];
	int r;

	r = random_bytes(nonce, sizeof(nonce), err);
	if (r < 0)
		return r;
	hex_format(nonce, sizeof(nonce), hex);
	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.%s.new", path, hex) >=
		sizeof(temporary))
		return fail(err, ENAMETOOLONG, "writing '%s'", path);
	r = write_new(dirfd, temporary, p, n, mode, err);
	if (r < 0)
		goto undo;
	if (renameat(dirfd, temporary, dirfd, path) < 0) {
		r = fail(err, errno, "putting '%s' in place", path);
		goto undo;
	}
	return sync_parent(dirfd, path, err);

undo:
	(void)unlinkat(dirfd, temporary, 0); /* may never have been made */
	return r;
}

int file_write(const char *path, const void *p, size_t n, mode_t mode, struct error *err)
{
	return file_write_at(AT_FDCWD, path, p, n, mode, err);
}

int make_dirs(const char *path, mode_t mode, struct error *err)
{
	char partial[PATH_MAX];

	if ((size_t)snprintf(partial, sizeof(partial), "%s", path) >= sizeof(partial))
		return fail(err, ENAMETOOLONG, "creating '%s'", path);
	for (char *s = partial + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(partial, mode) < 0 && errno != EEXIST)
			return fail(err, errno, "creating '%s'", partial);
		*s = '/';
	}
	if (mkdir(partial, mode) < 0 && errno != EEXIST)
		return fail(err, errno, "creating '%s'", partial);
	return 0;
}

static int remove_below(int dirfd, const char *name, struct error *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir DIR *dir = NULL;
	struct dirent *entry;

	if (fd < 0)
		return errno == ENOENT ? 0 : fail(err, errno, "opening '%s'", name);
	dir = fdopendir(fd);
	if (!dir) {
		int number = errno;

		close(fd);
		return fail(err, number, "reading '%s'", name);
	}
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		if (errno != EISDIR && errno != EPERM)
			return fail(err, errno, "removing '%s'", entry->d_name);
		if (remove_below(fd, entry->d_name, err) < 0)
			return err->number;
	}
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0)
		return fail(err, errno, "removing '%s'", name);
	return 0;
}

int remove_tree(const char *path, struct error *err)
{
	return remove_below(AT_FDCWD, path, err);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}
