// SPDX-License-Identifier: Apache-2.0
/*
 * A bundle is a tar archive, as it is or compressed with zstd, of these members in this order:
 *
 *	slipway.json            the statement
 *	slipway.json.minisig    its signatures, one or more
 *	oci-layout, index.json  exactly what follows from the statement
 *	blobs/sha256/<hex>      each blob of the statement once, in any order
 *
 * and then two or more blocks of zeros. Members are regular files with exactly these names; padding
 * is zeros. So no byte of the archive is outside of a check: the statement's and the blobs' by the
 * signatures, headers by their checksums, the rest by being known beforehand.
 */
#include "bundles/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "bundles/closure.h"
#include "bundles/import_check.h"
#include "bundles/member.h"

#define BLOBS_PREFIX "blobs/sha256/"
#define CHUNK_MAX    (1u << 20)

struct import {
	const struct import_options *options;
	struct stream stream;
	struct import_result result;
	struct digest statement_digest;
	bool *seen; /* for each blob of the statement */
	struct import_progress progress;
};

/* 0: enough trusted keys signed it; 1: too few did, and it is shown all the same. */
static int statement_take(struct import *im, bool show_untrusted, struct error *err)
{
	auto_buf statement = { .max = STATEMENT_MAX };
	auto_buf signatures = { .max = SIGNATURES_FILE_MAX };
	const struct trust *trust = im->options->trust;
	int missing;
	int r = member_read(&im->stream, STATEMENT_FILE, "SW-2001", STATEMENT_MAX, &statement, err);

	if (r == 0)
		r = member_read(&im->stream, STATEMENT_SIG_FILE, "SW-2002", SIGNATURES_FILE_MAX,
			&signatures, err);
	if (r < 0)
		return r;
	missing = signatures_check(buf_str(&signatures), signatures.len, buf_str(&statement),
		statement.len, trust, &im->result.signatures, err);
	if (missing < 0)
		return fail_in(err, STATEMENT_SIG_FILE);
	if (missing == 1 && !show_untrusted)
		return signatures_missing(&im->result.signatures, trust, err);
	r = statement_parse(buf_str(&statement), statement.len, &im->result.statement, err);
	if (r == 0)
		r = digest_of(buf_str(&statement), statement.len, &im->statement_digest, err);
	return r < 0 ? r : missing;
}

/* Reads a member whose content is known beforehand. */
static int known_take(struct import *im, const char *name, const char *text, struct error *err)
{
	auto_buf found = { .max = STATEMENT_MAX };
	int r = member_read(&im->stream, name, "SW-2009", STATEMENT_MAX, &found, err);

	if (r < 0)
		return r;
	if (strcmp(buf_str(&found), text) != 0 || found.len != strlen(text))
		return fail_code(err, EBADMSG, "SW-2006", "'%s' is altered", name);
	return 0;
}

static int layout_take(struct import *im, struct error *err)
{
	auto_free char *index = NULL;
	int r = store_index_text(im->result.statement.entries, NULL, &index, err);

	if (r == 0)
		r = known_take(im, "oci-layout", STORE_LAYOUT_TEXT, err);
	if (r == 0)
		r = known_take(im, "index.json", index, err);
	return r;
}

static int progress_tell(struct import *im, size_t more, struct error *err)
{
	im->progress.done_bytes += more;
	if (im->options->progress &&
		im->options->progress(&im->progress, im->options->progress_arg) != 0)
		return fail_code(err, ECANCELED, NULL, "it was stopped");
	return 0;
}

/* Reads a blob's bytes into a writer or, where the store has it or there is none, only a hash. */
static int blob_pump(struct import *im, uint64_t size, struct store_writer *w,
	struct digest_state *hash, struct error *err)
{
	while (size > 0) {
		const uint8_t *p;
		size_t n;
		int r = stream_read(
			&im->stream, size < CHUNK_MAX ? (size_t)size : CHUNK_MAX, &p, &n, err);

		if (r == 0 && n == 0)
			r = stream_short(&im->stream, err);
		if (r == 0)
			r = w ? store_writer_add(w, p, n, err) : digest_update(hash, p, n, err);
		if (r == 0)
			r = progress_tell(im, n, err);
		if (r < 0)
			return r;
		size -= n;
	}
	return 0;
}

static int blob_write(struct import *im, const struct statement_blob *b, struct error *err)
{
	auto_store_writer w = { 0 };
	int r = store_writer_start(&w, im->options->store, b->size, err);

	if (r == 0)
		r = blob_pump(im, b->size, &w, NULL, err);
	if (r == 0)
		r = store_writer_commit(&w, &b->digest, NULL, err);
	if (r == 0)
		im->result.written_bytes += b->size;
	return r;
}

static int blob_check(struct import *im, const struct statement_blob *b, struct error *err)
{
	auto_digest hash = { 0 };
	struct digest found;
	char text[DIGEST_TEXT_MAX];
	int r = digest_start(&hash, err);

	if (r == 0)
		r = blob_pump(im, b->size, NULL, &hash, err);
	if (r == 0)
		r = digest_end(&hash, &found, err);
	if (r < 0)
		return r;
	if (!digest_equal(&found, &b->digest))
		return fail_code(err, EBADMSG, "SW-2006", "blob %s is altered",
			digest_format(&b->digest, text));
	return 0;
}

/* The blob that a member's name selects; NULL where it selects none, or one that was here. */
static const struct statement_blob *blob_select(
	struct import *im, const struct tar_member *m, struct error *err)
{
	const struct statement *st = &im->result.statement;
	const struct statement_blob *b;
	struct error ignored = { 0 };
	struct digest d;

	if (strncmp(m->name, BLOBS_PREFIX, strlen(BLOBS_PREFIX)) != 0 ||
		digest_parse_hex(m->name + strlen(BLOBS_PREFIX), &d, &ignored) < 0) {
		(void)fail_code(err, EBADMSG, "SW-2009", "a member has a name that no bundle has");
		return NULL;
	}
	b = statement_find(st, &d);
	if (!b)
		(void)fail_code(err, EBADMSG, "SW-2009", "'%s' is not in its statement", m->name);
	else if (b->absent)
		(void)fail_code(err, EBADMSG, "SW-2009", "'%s' is said not to be in it", m->name);
	else if (im->seen[b - st->blobs])
		(void)fail_code(err, EBADMSG, "SW-2009", "'%s' is there twice", m->name);
	else if (b->size != m->size)
		(void)fail_code(
			err, EBADMSG, "SW-2009", "'%s' has another size than was signed", m->name);
	else
		return b;
	return NULL;
}

static int blob_take(struct import *im, const struct tar_member *m, struct error *err)
{
	uint64_t at = im->stream.position;
	const struct statement_blob *b = blob_select(im, m, err);
	struct store *store = im->options->store;
	bool present;
	uint64_t size;
	int r;

	if (!b)
		return fail_in(err, "at byte %llu of its content", (unsigned long long)at);
	im->seen[b - im->result.statement.blobs] = true;
	im->progress.blob = &b->digest;
	present = store && store_has_blob(store, &b->digest, &size) && size == b->size;
	im->result.present_blobs += present;
	r = store && !present ? blob_write(im, b, err) : blob_check(im, b, err);
	if (r == 0)
		r = member_pad(&im->stream, b->size, err);
	if (r < 0)
		return fail_in(err, "the blob at byte %llu of its content", (unsigned long long)at);
	im->progress.blob = NULL;
	im->progress.done_blobs++;
	return progress_tell(im, 0, err);
}

static int blobs_take(struct import *im, struct error *err)
{
	const struct statement *st = &im->result.statement;
	char text[DIGEST_TEXT_MAX];
	struct tar_member m;
	int r = member_next(&im->stream, &m, err);

	for (; r == 0; r = member_next(&im->stream, &m, err)) {
		r = blob_take(im, &m, err);
		if (r < 0)
			return r;
	}
	if (r < 0 || (r = member_end(&im->stream, err)) < 0)
		return r;
	for (size_t i = 0; i < st->blob_count; i++)
		if (!im->seen[i] && !st->blobs[i].absent)
			return fail_code(err, EBADMSG, "SW-2014",
				"blob %s of its statement is not in it",
				digest_format(&st->blobs[i].digest, text));
	return 0;
}

static int import_names(struct import *im, struct error *err)
{
	const struct statement *st = &im->result.statement;
	struct store_bundle record = { st->version, im->statement_digest };
	int r = import_check_closure(im->options->store, st, err);

	return r < 0 ? r
		     : store_update_index(im->options->store, st->entries, st->name, &record, err);
}

static int import_steps(struct import *im, struct error *err)
{
	const struct import_options *o = im->options;
	const struct statement *st = &im->result.statement;
	int r = statement_take(im, false, err);

	if (r == 0 && o->store)
		r = store_lock(o->store, err);
	if (r == 0 && o->store)
		r = import_check_version(o->store, st, &im->statement_digest, o->allow_rollback,
			&im->result.previous_version, err);
	if (r == 0 && o->store)
		r = import_check_absent(o->store, st, err);
	if (r == 0 && o->store)
		r = import_check_space(o->store, st, err);
	if (r < 0)
		return r;
	im->seen = calloc(st->blob_count + 1, sizeof(*im->seen));
	if (!im->seen)
		return fail_memory(err);
	im->progress = (struct import_progress){
		.total_bytes = st->blob_bytes - st->absent_bytes,
		.total_blobs = st->blob_count - st->absent_count,
		.statement = st,
	};
	r = layout_take(im, err);
	if (r == 0)
		r = blobs_take(im, err);
	if (r == 0 && o->store)
		r = import_names(im, err);
	return r;
}

static int import_end(struct import *im, int r, struct import_result *ret)
{
	stream_close(&im->stream);
	free(im->seen);
	if (r < 0)
		import_result_done(&im->result);
	else
		*ret = im->result;
	return r;
}

int import_run(
	int fd, const struct import_options *options, struct import_result *ret, struct error *err)
{
	struct import im = { .options = options };
	int r = stream_open(&im.stream, fd, err);

	if (r == 0)
		r = import_steps(&im, err);
	return import_end(&im, r, ret);
}

int import_inspect(int fd, const struct trust *trust, struct import_result *ret, struct error *err)
{
	const struct import_options options = { .trust = trust };
	struct import im = { .options = &options };
	int r = stream_open(&im.stream, fd, err);

	if (r == 0)
		r = statement_take(&im, true, err);
	return import_end(&im, r, ret);
}

void import_result_done(struct import_result *r)
{
	statement_done(&r->statement);
}
