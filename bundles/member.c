// SPDX-License-Identifier: Apache-2.0
/* Members of an archive: headers, padding, the end. All of it is checked to the last byte. */
#include "bundles/member.h"

#include <string.h>

#include "base/cleanup.h"

#define TAIL_MAX  (1u << 20) /* bytes of zeros that a tar program may add */
#define TAIL_STEP 4096

int member_next(struct stream *s, struct tar_member *ret, struct error *err)
{
	uint8_t block[TAR_BLOCK];
	uint64_t at = s->position;
	int r = stream_copy(s, block, sizeof(block), err);

	if (r < 0)
		return r;
	r = tar_header_parse(block, ret, err);
	return r < 0 ? fail_in(err, "at byte %llu of its content", (unsigned long long)at) : r;
}

static int zeros_check(const uint8_t *p, size_t n, uint64_t at, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return fail_code(err, EBADMSG, "SW-2006",
				"it is altered at byte %llu of its content",
				(unsigned long long)(at + i));
	return 0;
}

/* Reads at most a block of zeros. */
static int zeros_take(struct stream *s, size_t n, struct error *err)
{
	uint8_t zeros[TAR_BLOCK];
	uint64_t at = s->position;
	int r = stream_copy(s, zeros, n, err);

	return r < 0 ? r : zeros_check(zeros, n, at, err);
}

int member_pad(struct stream *s, uint64_t size, struct error *err)
{
	return zeros_take(s, tar_padding(size), err);
}

int member_end(struct stream *s, struct error *err)
{
	int r = zeros_take(s, TAR_BLOCK, err);
	uint64_t end = s->position + TAIL_MAX;
	size_t n = 1;

	while (r == 0 && n > 0) {
		uint64_t at = s->position;
		uint8_t zeros[TAIL_STEP];

		r = stream_read(s, zeros, sizeof(zeros), &n, err);
		if (r == 0)
			r = zeros_check(zeros, n, at, err);
		if (r == 0 && s->position > end)
			r = fail_code(err, EBADMSG, "SW-2009",
				"its end is followed by more than %u bytes", TAIL_MAX);
	}
	return r;
}

int member_read(struct stream *s, const char *name, const char *missing_code, size_t max,
	struct buf *ret, struct error *err)
{
	struct tar_member m = { 0 };
	auto_free void *bytes = NULL;
	int r = member_next(s, &m, err);

	if (r < 0)
		return r;
	if (r == 1 || strcmp(m.name, name) != 0)
		return fail_code(err, EBADMSG, missing_code,
			"'%s' is not where it belongs in a bundle", name);
	if (m.size > max)
		return fail_code(
			err, EBADMSG, "SW-2009", "'%s' is larger than %zu bytes", name, max);
	bytes = malloc(m.size + 1);
	if (!bytes)
		return fail_memory(err);
	r = stream_copy(s, bytes, m.size, err);
	if (r == 0)
		r = member_pad(s, m.size, err);
	if (r == 0)
		buf_add(ret, bytes, m.size);
	return r < 0 ? r : buf_check(ret, name, err);
}
