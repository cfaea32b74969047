// SPDX-License-Identifier: Apache-2.0
/* The bytes of a bundle through libarchive's filters. */
#include "bundles/stream.h"

#include <archive.h>
#include <fcntl.h>
#include <string.h>

#define READ_SIZE (1u << 20)

static int stream_fail(struct stream *s, struct error *err)
{
	const char *text = archive_error_string(s->archive);
	int number = archive_errno(s->archive);

	if (number == EIO || number == EISDIR || number == ENOMEM)
		return fail(err, number, "reading at byte %llu", (unsigned long long)s->position);
	return fail_code(err, EBADMSG, "SW-2006",
		"it is damaged after byte %llu of its content: %s", (unsigned long long)s->position,
		text ? text : "unreadable");
}

int stream_open(struct stream *s, int fd, struct error *err)
{
	struct archive_entry *entry;
	int r;

	*s = (struct stream){ .archive = archive_read_new() };
	if (!s->archive || archive_read_support_filter_zstd(s->archive) != ARCHIVE_OK ||
		archive_read_support_format_raw(s->archive) != ARCHIVE_OK ||
		archive_read_support_format_empty(s->archive) != ARCHIVE_OK) {
		stream_close(s);
		return fail_code(err, ENOTSUP, NULL, "libarchive has no zstd");
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
	r = archive_read_open_fd(s->archive, fd, READ_SIZE);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(s->archive, &entry);
	s->ended = r == ARCHIVE_EOF; /* an empty file ends early, which the reader will say */
	if (r == ARCHIVE_OK || s->ended)
		return 0;
	r = stream_fail(s, err);
	stream_close(s);
	return r;
}

void stream_close(struct stream *s)
{
	(void)archive_read_free(s->archive); /* it was only read */
	*s = (struct stream){ 0 };
}

static int stream_fill(struct stream *s, struct error *err)
{
	const void *p = NULL;
	int64_t offset = 0;
	int r;

	if (s->ended)
		return 0;
	r = archive_read_data_block(s->archive, &p, &s->left, &offset);
	s->ended = r == ARCHIVE_EOF;
	s->at = p;
	if (s->ended)
		s->left = 0;
	return r == ARCHIVE_OK || s->ended ? 0 : stream_fail(s, err);
}

int stream_read(struct stream *s, size_t max, const uint8_t **ret, size_t *ret_n, struct error *err)
{
	int r = s->left == 0 ? stream_fill(s, err) : 0;

	if (r < 0)
		return r;
	*ret = s->at;
	*ret_n = s->left < max ? s->left : max;
	s->at += *ret_n;
	s->left -= *ret_n;
	s->position += *ret_n;
	return 0;
}

int stream_short(const struct stream *s, struct error *err)
{
	return fail_code(err, EBADMSG, "SW-2005", "it ends early, at byte %llu of its content",
		(unsigned long long)s->position);
}

int stream_copy(struct stream *s, void *out, size_t n, struct error *err)
{
	uint8_t *to = out;

	while (n > 0) {
		const uint8_t *p;
		size_t got;
		int r = stream_read(s, n, &p, &got, err);

		if (r == 0 && got == 0)
			r = stream_short(s, err);
		if (r < 0)
			return r;
		memcpy(to, p, got);
		to += got;
		n -= got;
	}
	return 0;
}
