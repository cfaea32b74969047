// SPDX-License-Identifier: Apache-2.0
/* From a staging store to an archive. */
#include "bundles/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/closure.h"
#include "bundles/sink.h"
#include "bundles/tar.h"

#define COPY_SIZE (1u << 20)

static int blob_add(const struct oci_descriptor *d, void *arg, struct error *err)
{
	struct statement *st = arg;
	size_t n = st->blob_count;

	if ((n & (n - 1)) == 0) { /* the array doubles */
		struct statement_blob *more = reallocarray(st->blobs, n ? 2 * n : 1, sizeof(*more));

		if (!more)
			return fail_memory(err);
		st->blobs = more;
	}
	st->blobs[st->blob_count++] =
		(struct statement_blob){ .digest = d->digest, .size = d->size };
	return 0;
}

static int blob_order(const void *a, const void *b)
{
	const struct statement_blob *x = a;
	const struct statement_blob *y = b;

	return memcmp(x->digest.bytes, y->digest.bytes, DIGEST_SIZE);
}

/* Sorts the blobs and leaves each once. */
static void blobs_tidy(struct statement *st)
{
	size_t kept = 0;

	if (st->blob_count > 0)
		qsort(st->blobs, st->blob_count, sizeof(*st->blobs), blob_order);
	for (size_t i = 0; i < st->blob_count; i++) {
		if (kept > 0 && blob_order(&st->blobs[kept - 1], &st->blobs[i]) == 0)
			continue;
		st->blobs[kept++] = st->blobs[i];
		st->blob_bytes += st->blobs[i].size;
	}
	st->blob_count = kept;
}

int writer_state(struct store *s, struct statement *st, struct error *err)
{
	const struct store_entry *entries;
	size_t count;
	int r = store_list(s, &entries, &count, err);

	st->entries = json_array();
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = closure_walk(s, &entries[i].descriptor, blob_add, st, err);
		if (r < 0)
			return fail_in(err, "'%s' is not complete", entries[i].name);
		if (json_array_append_new(st->entries, json_deep_copy(entries[i].descriptor.json)) <
			0)
			return fail_memory(err);
	}
	if (r < 0)
		return r;
	blobs_tidy(st);
	if (st->blob_count > CONFIG_BUNDLE_MAX_BLOBS)
		return fail_code(err, E2BIG, NULL, "it would hold %zu blobs, the most is %d",
			st->blob_count, CONFIG_BUNDLE_MAX_BLOBS);
	return 0;
}

static int pad_add(struct sink *sink, uint64_t size, struct error *err)
{
	static const uint8_t zeros[TAR_BLOCK];

	return sink_add(sink, zeros, tar_padding(size), err);
}

int writer_text(struct sink *sink, const char *name, const char *text, struct error *err)
{
	uint8_t header[TAR_BLOCK];
	size_t n = strlen(text);
	int r;

	tar_header_format(name, n, header);
	r = sink_add(sink, header, sizeof(header), err);
	if (r == 0)
		r = sink_add(sink, text, n, err);
	return r < 0 ? r : pad_add(sink, n, err);
}

struct write_job {
	struct store *store;
	struct sink *sink;
	const struct writer_options *options;
	uint8_t *copy; /* COPY_SIZE bytes */
};

static int blob_copy(struct write_job *job, int fd, uint64_t size, struct error *err)
{
	while (size > 0) {
		size_t want = size < COPY_SIZE ? (size_t)size : COPY_SIZE;
		size_t got;
		int r = read_full(fd, job->copy, want, &got, err);

		if (r == 0 && got < want)
			r = fail_code(err, EIO, NULL, "it became shorter while it was read");
		if (r == 0)
			r = sink_add(job->sink, job->copy, got, err);
		if (r < 0)
			return r;
		if (job->options->progress)
			job->options->progress(got, job->options->progress_arg);
		size -= got;
	}
	return 0;
}

static int blob_write(struct write_job *job, const struct statement_blob *b, struct error *err)
{
	auto_close int fd = -1;
	uint8_t header[TAR_BLOCK];
	char hex[DIGEST_TEXT_MAX];
	char name[TAR_NAME_MAX];
	uint64_t size;
	int r = store_open_blob(job->store, &b->digest, &fd, &size, err);

	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "blobs/sha256/%s", digest_hex(&b->digest, hex));
	tar_header_format(name, b->size, header);
	r = sink_add(job->sink, header, sizeof(header), err);
	if (r == 0)
		r = blob_copy(job, fd, b->size, err);
	if (r == 0)
		r = pad_add(job->sink, b->size, err);
	return r < 0 ? fail_in(err, "blob %s", name) : 0;
}

void writer_comment(const struct statement *st, char out[static MINISIGN_COMMENT_MAX])
{
	(void)snprintf(out, MINISIGN_COMMENT_MAX, "slipway bundle %s version %llu", st->name,
		(unsigned long long)st->version);
}

/* The statement, its signature and the layout's two files. */
static int head_write(struct sink *sink, const struct statement *st,
	const struct minisign_secret *key, struct error *err)
{
	auto_free char *text = NULL;
	auto_free char *index = NULL;
	char signature[MINISIGN_FILE_MAX];
	char comment[MINISIGN_COMMENT_MAX];
	int r = statement_format(st, &text, err);

	if (r == 0 && strlen(text) > STATEMENT_MAX)
		r = fail_code(err, E2BIG, NULL,
			"its statement would be larger than the %u bytes that one may have",
			STATEMENT_MAX);
	writer_comment(st, comment);
	if (r == 0)
		r = minisign_sign(key, text, strlen(text), comment, signature, err);
	if (r == 0)
		r = store_index_text(st->entries, NULL, &index, err);
	if (r == 0)
		r = writer_text(sink, STATEMENT_FILE, text, err);
	if (r == 0)
		r = writer_text(sink, STATEMENT_SIG_FILE, signature, err);
	if (r == 0)
		r = writer_text(sink, "oci-layout", STORE_LAYOUT_TEXT, err);
	return r < 0 ? r : writer_text(sink, "index.json", index, err);
}

static int fd_write(const void *p, size_t n, void *arg, struct error *err)
{
	return write_all(*(int *)arg, p, n, err);
}

static int size_order(const void *a, const void *b)
{
	const struct statement_blob *x = *(const struct statement_blob *const *)a;
	const struct statement_blob *y = *(const struct statement_blob *const *)b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return blob_order(x, y);
}

/* The blobs that are carried, small ones first: who only wants the documents in a bundle need not
 * read past the layers. Caller frees; NULL without memory. */
static const struct statement_blob **carried_order(const struct statement *st, size_t *ret_count)
{
	const struct statement_blob **order =
		calloc(st->blob_count + 1, sizeof(struct statement_blob *));
	size_t count = 0;

	for (size_t i = 0; order && i < st->blob_count; i++)
		if (!st->blobs[i].absent)
			order[count++] = &st->blobs[i];
	if (count > 0)
		qsort(order, count, sizeof(struct statement_blob *), size_order);
	*ret_count = count;
	return order;
}

static int bundle_write(struct write_job *job, const struct statement *st, struct error *err)
{
	static const uint8_t end[2 * TAR_BLOCK];
	size_t count;
	auto_free const struct statement_blob **order = carried_order(st, &count);
	int r = order ? head_write(job->sink, st, job->options->key, err) : fail_memory(err);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = blob_write(job, order[i], err);
	if (r == 0)
		r = sink_add(job->sink, end, sizeof(end), err);
	return r < 0 ? r : sink_end(job->sink, err);
}

int writer_write(struct store *s, const struct statement *st, const struct writer_options *options,
	int fd, struct error *err)
{
	auto_sink sink = { 0 };
	auto_free uint8_t *copy = malloc(COPY_SIZE);
	struct write_job job = { s, &sink, options, copy };
	int r = copy ? sink_open(&sink, fd_write, &fd, options->zstd ? WRITER_ZSTD_LEVEL : 0, err)
		     : fail_memory(err);

	return r < 0 ? r : bundle_write(&job, st, err);
}
