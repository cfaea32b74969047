// SPDX-License-Identifier: Apache-2.0
/* Digests that a site has, from a bundle's statement or from a list of its own. */
#include "bundles/since.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/import.h"

#define LINE_MAX_BYTES 256
#define BLANKS         " \t\r"

static int digest_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct digest));
}

static int digest_add(struct since *s, const struct digest *d, struct error *err)
{
	size_t n = s->count;

	if ((n & (n - 1)) == 0) { /* the array doubles */
		struct digest *more = reallocarray(s->digests, n ? 2 * n : 1, sizeof(*more));

		if (!more)
			return fail_memory(err);
		s->digests = more;
	}
	s->digests[s->count++] = *d;
	return 0;
}

/* Hands a list over, sorted, or frees what a failed one holds. */
static int since_end(struct since *s, int r, struct since *ret)
{
	if (r < 0) {
		since_done(s);
		return r;
	}
	if (s->count > 0)
		qsort(s->digests, s->count, sizeof(*s->digests), digest_order);
	*ret = *s;
	return 0;
}

int since_load_bundle(const char *path, struct since *ret, struct error *err)
{
	const struct trust none = { 0 };
	auto_import_result result = { 0 };
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct since s = { 0 };
	int r = fd < 0 ? fail(err, errno, "opening '%s'", path)
		       : import_inspect(fd, &none, &result, err);

	if (r < 0)
		return fail_in(err, "the bundle that the site has");
	r = 0;
	for (size_t i = 0; r == 0 && i < result.statement.blob_count; i++)
		r = digest_add(&s, &result.statement.blobs[i].digest, err);
	return since_end(&s, r, ret);
}

static int line_take(struct since *s, const char *p, size_t n, size_t number, struct error *err)
{
	char line[LINE_MAX_BYTES];
	struct error ignored = { 0 };
	struct digest d;
	size_t skip;

	if (n >= sizeof(line))
		return fail_code(err, EINVAL, "SW-6006", "line %zu is no digest", number);
	memcpy(line, p, n);
	line[n] = '\0';
	line[strcspn(line, "#")] = '\0';
	skip = strspn(line, BLANKS);
	for (size_t end = strlen(line); end > skip && strchr(BLANKS, line[end - 1]);)
		line[--end] = '\0';
	if (!line[skip])
		return 0;
	if (digest_parse(line + skip, &d, &ignored) < 0)
		return fail_code(err, EINVAL, "SW-6006",
			"line %zu is no digest as in 'sha256:<64 hex digits>'", number);
	return digest_add(s, &d, err);
}

int since_parse_list(const char *p, size_t n, struct since *ret, struct error *err)
{
	struct since s = { 0 };
	size_t number = 0;
	int r = 0;

	while (r == 0 && n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t length = end ? (size_t)(end - p) : n;

		r = line_take(&s, p, length, ++number, err);
		p += length + (end != NULL);
		n -= length + (end != NULL);
	}
	return since_end(&s, r, ret);
}

int since_load_list(const char *path, struct since *ret, struct error *err)
{
	auto_buf text = { .max = SINCE_LIST_MAX };
	int r = file_read(path, SINCE_LIST_MAX, &text, err);

	if (r == 0 && since_parse_list(buf_str(&text), text.len, ret, err) < 0)
		r = fail_in(err, "'%s'", path);
	return r;
}

void since_apply(const struct since *s, struct statement *st)
{
	for (size_t i = 0; s->count > 0 && i < st->blob_count; i++) {
		struct statement_blob *b = &st->blobs[i];

		if (b->absent || !bsearch(&b->digest, s->digests, s->count, sizeof(*s->digests),
					 digest_order))
			continue;
		b->absent = true;
		st->absent_count++;
		st->absent_bytes += b->size;
	}
}

void since_done(struct since *s)
{
	free(s->digests);
	*s = (struct since){ 0 };
}
