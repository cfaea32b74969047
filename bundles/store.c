// SPDX-License-Identifier: Apache-2.0
/* Opening the store, making one where it is missing, and its lock. */
#include "bundles/store.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/store_impl.h"

static int write_whole(struct store *s, int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = s->ops->write(fd, p, n);

		if (done == -EINTR)
			continue;
		if (done < 0)
			return (int)done;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int store_write_unnamed(struct store *s, const void *p, size_t n, struct error *err)
{
	auto_close int fd = s->ops->open_unnamed(s->dir_fd, 0644);
	int r = fd < 0 ? fd : write_whole(s, fd, p, n);

	if (r == 0)
		r = s->ops->sync(fd);
	if (r < 0)
		return store_fail(err, r, "writing in the store '%s'", s->path);
	return take_fd(&fd);
}

/* Makes a file that must not be replaced where another process was quicker. */
static int file_make(struct store *s, const char *name, const char *text, struct error *err)
{
	auto_close int fd = -1;
	int r;

	if (faccessat(s->dir_fd, name, F_OK, 0) == 0)
		return 0;
	fd = store_write_unnamed(s, text, strlen(text), err);
	if (fd < 0)
		return fd;
	r = s->ops->link(fd, s->dir_fd, name);
	if (r < 0 && r != -EEXIST)
		return store_fail(err, r, "making '%s/%s'", s->path, name);
	return 0;
}

/* Makes a folder's name durable by syncing the folder it is in. */
static int folder_sync(struct store *s, int dir_fd, const char *path, struct error *err)
{
	auto_close int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : s->ops->sync(fd);

	return r < 0 ? store_fail(err, r, "syncing '%s' of the store '%s'", path, s->path) : 0;
}

/* Makes one folder where it is missing, durable in the one above it. */
static int folder_make(struct store *s, const char *path, struct error *err)
{
	char above[PATH_MAX];
	int r;

	if (faccessat(AT_FDCWD, path, F_OK, 0) == 0)
		return 0;
	r = s->ops->make_dir(AT_FDCWD, path);
	if (r < 0)
		return store_fail(err, r, "making '%s'", path);
	if (snprintf(above, sizeof(above), "%s/..", path) >= (int)sizeof(above))
		return fail(err, ENAMETOOLONG, "making '%.80s'", path);
	return folder_sync(s, AT_FDCWD, above, err);
}

/* Makes the store's folder and the missing ones above it. */
static int folders_make(struct store *s, struct error *err)
{
	auto_free char *path = strdup(s->path);
	char *slash = path;
	int r = path ? 0 : fail_memory(err);

	while (r == 0 && slash) {
		slash = strchr(slash + strspn(slash, "/"), '/');
		if (slash)
			*slash = '\0';
		r = folder_make(s, path, err);
		if (slash)
			*slash = '/';
	}
	return r;
}

static bool layout_is_made(struct store *s)
{
	return faccessat(s->dir_fd, "oci-layout", F_OK, 0) == 0 &&
	       faccessat(s->dir_fd, "index.json", F_OK, 0) == 0;
}

/* Makes what is missing of the layout: folders first, for a layout with an index is taken as made.
 */
static int layout_make(struct store *s, struct error *err)
{
	auto_free char *empty = NULL;
	int r = s->ops->make_dir(s->dir_fd, "blobs");

	if (r == 0)
		r = s->ops->make_dir(s->dir_fd, "blobs/sha256");
	if (r < 0)
		return store_fail(err, r, "making '%s/blobs/sha256'", s->path);
	r = folder_sync(s, s->dir_fd, "blobs", err);
	if (r == 0)
		r = folder_sync(s, s->dir_fd, ".", err);
	if (r == 0)
		r = folder_sync(s, s->dir_fd, "..", err);
	if (r == 0)
		r = store_index_text(NULL, NULL, &empty, err);
	if (r == 0)
		r = file_make(s, "oci-layout", STORE_LAYOUT_TEXT, err);
	if (r == 0)
		r = file_make(s, "index.json", empty, err);
	return r < 0 ? r : folder_sync(s, s->dir_fd, ".", err);
}

static int layout_check(struct store *s, struct error *err)
{
	auto_buf text = { 0 };
	auto_json json_t *json = NULL;
	int r = file_read_at(s->dir_fd, "oci-layout", 4096, &text, err);

	if (r < 0)
		return fail_in(err, "'%s' is no store (an OCI image layout)", s->path);
	json = json_loadb(buf_str(&text), text.len, 0, NULL);
	if (strcmp(json_str(json, "imageLayoutVersion", ""), "1.0.0") != 0)
		return fail_code(err, EINVAL, "SW-2012",
			"'%s' is no OCI image layout of version 1.0.0", s->path);
	return 0;
}

static int store_enter(struct store *s, bool create, struct error *err)
{
	int r = create ? folders_make(s, err) : 0;

	if (r < 0)
		return r;
	s->dir_fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0)
		return fail(err, errno, "opening the store '%s'", s->path);
	if (create && !layout_is_made(s))
		r = layout_make(s, err);
	if (r == 0)
		r = layout_check(s, err);
	if (r < 0)
		return r;
	s->blobs_fd = openat(s->dir_fd, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->blobs_fd < 0 ? fail(err, errno, "opening '%s/blobs/sha256'", s->path) : 0;
}

static int store_new(const char *path, bool create, const struct store_ops *ops, struct store **ret,
	struct error *err)
{
	auto_store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail_memory(err);
	*s = (struct store){ .path = strdup(path), .dir_fd = -1, .blobs_fd = -1, .ops = ops };
	if (!s->path)
		return fail_memory(err);
	r = store_enter(s, create, err);
	if (r < 0)
		return r;
	*ret = take_ptr(&s);
	return 0;
}

int store_open_with(const char *path, bool create, const struct store_ops *ops, struct store **ret,
	struct error *err)
{
	auto_store *s = NULL;
	int r = store_new(path, create, ops, &s, err);

	if (r == 0)
		r = store_index_refresh(s, err);
	if (r == 0)
		*ret = take_ptr(&s);
	return r;
}

int store_open_unread(
	const char *path, const struct store_ops *ops, struct store **ret, struct error *err)
{
	return store_new(path, false, ops, ret, err);
}

int store_open(const char *path, bool create, struct store **ret, struct error *err)
{
	return store_open_with(path, create, &store_ops_disk, ret, err);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_index_done(&s->index);
	if (s->blobs_fd >= 0)
		(void)close(s->blobs_fd); /* read only */
	if (s->dir_fd >= 0)
		(void)close(s->dir_fd); /* read only; gives the lock back */
	free(s->path);
	free(s);
}

int store_lock(struct store *s, struct error *err)
{
	int r = s->locked ? 0 : s->ops->lock(s->dir_fd);

	if (r == -EWOULDBLOCK) {
		(void)fail_code(
			err, EBUSY, "SW-2016", "another import is writing to '%s'", s->path);
		return fail_hint(err, "Wait until it has ended.");
	}
	if (r < 0)
		return store_fail(err, r, "locking '%s'", s->path);
	s->locked = true;
	return 0;
}

int store_free_space(struct store *s, uint64_t *ret_bytes, struct error *err)
{
	int r = s->ops->free_space(s->blobs_fd, ret_bytes);

	return r < 0 ? store_fail(err, r, "asking for the free space of '%s'", s->path) : 0;
}
