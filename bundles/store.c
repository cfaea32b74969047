// SPDX-License-Identifier: Apache-2.0
/* Opening the store, its lock, and reading its blobs. */
#include "bundles/store.h"

#include <fcntl.h>
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
		return fail(err, -r, "writing in the store '%s'", s->path);
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
		return fail(err, -r, "making '%s/%s'", s->path, name);
	return 0;
}

static int layout_make(struct store *s, struct error *err)
{
	auto_free char *empty = NULL;
	int r = s->ops->make_dir(s->dir_fd, "blobs");

	if (r == 0)
		r = s->ops->make_dir(s->dir_fd, "blobs/sha256");
	if (r < 0)
		return fail(err, -r, "making '%s/blobs/sha256'", s->path);
	r = store_index_text(NULL, NULL, &empty, err);
	if (r == 0)
		r = file_make(s, "oci-layout", STORE_LAYOUT_TEXT, err);
	if (r == 0)
		r = file_make(s, "index.json", empty, err);
	if (r < 0)
		return r;
	r = s->ops->sync(s->dir_fd);
	return r < 0 ? fail(err, -r, "syncing '%s'", s->path) : 0;
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
	int r = create ? make_dirs(s->path, 0755, err) : 0;

	if (r < 0)
		return r;
	s->dir_fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0)
		return fail(err, errno, "opening the store '%s'", s->path);
	if (create)
		r = layout_make(s, err);
	if (r == 0)
		r = layout_check(s, err);
	if (r < 0)
		return r;
	s->blobs_fd = openat(s->dir_fd, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->blobs_fd < 0)
		return fail(err, errno, "opening '%s/blobs/sha256'", s->path);
	return store_index_refresh(s, err);
}

int store_open_with(const char *path, bool create, const struct store_ops *ops, struct store **ret,
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
		return fail(err, -r, "locking '%s'", s->path);
	s->locked = true;
	return 0;
}

int store_free_space(struct store *s, uint64_t *ret_bytes, struct error *err)
{
	int r = s->ops->free_space(s->blobs_fd, ret_bytes);

	return r < 0 ? fail(err, -r, "asking for the free space of '%s'", s->path) : 0;
}

bool store_has_blob(struct store *s, const struct digest *d, uint64_t *ret_size)
{
	char hex[DIGEST_TEXT_MAX];
	struct stat st;

	if (fstatat(s->blobs_fd, digest_hex(d, hex), &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		!S_ISREG(st.st_mode))
		return false;
	if (ret_size)
		*ret_size = (uint64_t)st.st_size;
	return true;
}

int store_open_blob(
	struct store *s, const struct digest *d, int *ret_fd, uint64_t *ret_size, struct error *err)
{
	char hex[DIGEST_TEXT_MAX];
	struct stat st;
	auto_close int fd =
		openat(s->blobs_fd, digest_hex(d, hex), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "opening blob sha256:%s", hex);
	if (!S_ISREG(st.st_mode))
		return fail(err, EINVAL, "blob sha256:%s is no regular file", hex);
	*ret_size = (uint64_t)st.st_size;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int document_bytes(
	struct store *s, const struct digest *d, struct buf *ret, struct error *err)
{
	char hex[DIGEST_TEXT_MAX];
	struct digest found;
	int r = file_read_at(s->blobs_fd, digest_hex(d, hex), OCI_DOCUMENT_MAX, ret, err);

	if (r == 0)
		r = digest_of(buf_str(ret), ret->len, &found, err);
	if (r < 0)
		return r;
	if (!digest_equal(d, &found))
		return fail_code(err, EBADMSG, "SW-2012", "its bytes are not those of its digest");
	return 0;
}

int store_read_document(
	struct store *s, const struct digest *d, struct oci_document *ret, struct error *err)
{
	auto_buf bytes = { .max = OCI_DOCUMENT_MAX };
	char text[DIGEST_TEXT_MAX];
	int r = document_bytes(s, d, &bytes, err);

	if (r == 0)
		r = oci_document_parse(buf_str(&bytes), bytes.len, OCI_ITEMS_MAX, ret, err);
	return r < 0 ? fail_in(err, "blob %s", digest_format(d, text)) : 0;
}
