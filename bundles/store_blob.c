// SPDX-License-Identifier: Apache-2.0
/* Reading the blobs of the store. */
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/store_impl.h"

static bool blob_is_bad(struct store *s, const struct digest *d)
{
	char hex[DIGEST_TEXT_MAX];
	struct stat st;

	return fstatat(s->blobs_fd, digest_hex(d, hex), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       store_blob_is_marked(&st);
}

bool store_has_blob(struct store *s, const struct digest *d, uint64_t *ret_size)
{
	char hex[DIGEST_TEXT_MAX];
	struct stat st;

	if (fstatat(s->blobs_fd, digest_hex(d, hex), &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		!S_ISREG(st.st_mode) || store_blob_is_marked(&st))
		return false;
	if (ret_size)
		*ret_size = (uint64_t)st.st_size;
	return true;
}

int store_blob_open(struct store *s, const struct digest *d, int *ret_fd, struct stat *ret_st,
	struct error *err)
{
	char hex[DIGEST_TEXT_MAX];
	auto_close int fd =
		openat(s->blobs_fd, digest_hex(d, hex), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, ret_st) < 0)
		return fail(err, errno, "opening blob sha256:%s", hex);
	if (!S_ISREG(ret_st->st_mode))
		return fail(err, EINVAL, "blob sha256:%s is no regular file", hex);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int fail_marked(const struct digest *d, struct error *err)
{
	char text[DIGEST_TEXT_MAX];

	(void)fail_code(
		err, ENOENT, "SW-2014", "blob %s was found damaged", digest_format(d, text));
	return fail_hint(err, "slipway store fsck says what to import again");
}

int store_open_blob(
	struct store *s, const struct digest *d, int *ret_fd, uint64_t *ret_size, struct error *err)
{
	auto_close int fd = -1;
	struct stat st;
	int r = store_blob_open(s, d, &fd, &st, err);

	if (r == -EACCES && blob_is_bad(s, d))
		return fail_marked(d, err);
	if (r < 0)
		return r;
	if (store_blob_is_marked(&st))
		return fail_marked(d, err);
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
