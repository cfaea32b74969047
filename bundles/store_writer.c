// SPDX-License-Identifier: Apache-2.0
/* Writing a blob: unnamed file, hashed as it streams, synced, then linked under its digest. */
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bundles/store_impl.h"

#define RESERVE_FROM (1u << 20) /* smaller blobs are not worth a call */
#define FLUSH_STEP   (8u << 20) /* bytes after which writing back is started */

int store_writer_start(struct store_writer *w, struct store *s, uint64_t size, struct error *err)
{
	int r;

	*w = (struct store_writer){ .store = s };
	w->fd = s->ops->open_unnamed(s->blobs_fd, 0644);
	if (w->fd < 0)
		return store_fail(err, w->fd, "opening a new blob in '%s'", s->path);
	w->open = true;
	r = size >= RESERVE_FROM ? s->ops->reserve(w->fd, size) : 0;
	if (r < 0) {
		store_writer_abort(w);
		return store_fail(err, r, "setting %llu bytes aside in '%s'",
			(unsigned long long)size, s->path);
	}
	r = digest_start(&w->hash, err);
	if (r < 0)
		store_writer_abort(w);
	return r;
}

static void write_back(struct store_writer *w)
{
	if (w->written - w->flushed < FLUSH_STEP)
		return;
	w->store->ops->write_back(w->fd, w->flushed, w->written - w->flushed);
	w->flushed = w->written;
}

int store_writer_add(struct store_writer *w, const void *p, size_t n, struct error *err)
{
	int r = digest_update(&w->hash, p, n, err);

	return r < 0 ? r : store_writer_write(w, p, n, err);
}

int store_writer_write(struct store_writer *w, const void *p, size_t n, struct error *err)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = w->store->ops->write(w->fd, at, n);

		if (done == -EINTR)
			continue;
		if (done < 0)
			return store_fail(err, (int)done, "writing a blob in '%s'", w->store->path);
		at += done;
		n -= (size_t)done;
		w->written += (uint64_t)done;
	}
	write_back(w);
	return 0;
}

/* True where what has the blob's name already is not the whole of it. */
static bool is_stale(struct store *s, const char *hex, uint64_t size)
{
	struct stat st;

	return fstatat(s->blobs_fd, hex, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       ((uint64_t)st.st_size != size || store_blob_is_marked(&st));
}

static int writer_link(struct store_writer *w, const struct digest *d, struct error *err)
{
	struct store *s = w->store;
	char hex[DIGEST_TEXT_MAX];
	int r = s->ops->sync(w->fd);

	if (r < 0)
		return store_fail(err, r, "syncing a blob in '%s'", s->path);
	if (is_stale(s, digest_hex(d, hex), w->written))
		(void)s->ops->unlink(s->blobs_fd, hex); /* damaged; link tells if it stays */
	r = s->ops->link(w->fd, s->blobs_fd, hex);
	if (r < 0 && r != -EEXIST)
		return store_fail(err, r, "linking blob sha256:%s in '%s'", hex, s->path);
	return 0;
}

int store_writer_commit(struct store_writer *w, const struct digest *expected, struct digest *ret,
	struct error *err)
{
	struct digest found;
	int r = digest_end(&w->hash, &found, err);

	if (r == 0)
		r = store_writer_commit_as(w, &found, expected, err);
	store_writer_abort(w);
	if (r == 0 && ret)
		*ret = found;
	return r;
}

int store_writer_commit_as(struct store_writer *w, const struct digest *found,
	const struct digest *expected, struct error *err)
{
	int r = 0;

	if (expected && !digest_equal(expected, found)) {
		char a[DIGEST_TEXT_MAX];
		char b[DIGEST_TEXT_MAX];

		r = fail_code(err, EBADMSG, "SW-2006", "blob %s is altered: its bytes give %s",
			digest_format(expected, a), digest_format(found, b));
	}
	if (r == 0)
		r = writer_link(w, found, err);
	store_writer_abort(w);
	return r;
}

void store_writer_abort(struct store_writer *w)
{
	digest_stop(&w->hash);
	if (w->open)
		(void)close(w->fd); /* an unnamed file that was not linked is gone with this */
	w->open = false;
}

int store_put(struct store *s, const void *p, size_t n, struct digest *ret, struct error *err)
{
	auto_store_writer w = { 0 };
	int r = store_writer_start(&w, s, n, err);

	if (r == 0)
		r = store_writer_add(&w, p, n, err);
	return r < 0 ? r : store_writer_commit(&w, NULL, ret, err);
}
