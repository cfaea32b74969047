// SPDX-License-Identifier: Apache-2.0
/*
 * The blobs of a bundle, each on its way into the store.
 *
 * A blob that is not what was signed does not end the import: it is noted, and the ones behind it
 * are taken. What does end it is an archive that is no bundle's at all, and whatever the store
 * says.
 */
#include "bundles/import_impl.h"

#include <string.h>

#include "bundles/member.h"

#define BLOBS_PREFIX "blobs/sha256/"

static int progress_tell(struct import *im, uint64_t more, struct error *err)
{
	im->progress.done_bytes += more;
	if (im->options->progress &&
		im->options->progress(&im->progress, im->options->progress_arg) != 0)
		return fail_code(err, ECANCELED, NULL, "it was stopped");
	return 0;
}

struct piece_target {
	struct import *im;
	struct store_writer *writer; /* NULL: it is only looked at */
};

static int piece_take(const void *p, size_t n, void *arg, struct error *err)
{
	struct piece_target *t = arg;
	int r = t->writer ? store_writer_write(t->writer, p, n, err) : 0;

	return r < 0 ? r : progress_tell(t->im, n, err);
}

/* Moves a blob into the store, or only through the hash where there is none. */
static int blob_move(struct import *im, const struct statement_blob *b, struct error *err)
{
	struct store *store = im->options->store;
	auto_store_writer w = { 0 };
	struct piece_target target = { im, store ? &w : NULL };
	struct digest found;
	char text[DIGEST_TEXT_MAX];
	int r = store ? store_writer_start(&w, store, b->size, err) : 0;

	im->stream.failed = false;
	if (r == 0)
		r = pump_run(&im->pump, b->size, piece_take, &target, &found, err);
	if (r < 0)
		return r;
	if (!digest_equal(&found, &b->digest))
		return fail_code(
			err, EBADMSG, "SW-2006", "its bytes give %s", digest_format(&found, text));
	if (store)
		r = store_writer_commit_as(&w, &found, &b->digest, err);
	if (r == 0 && store)
		im->result.written_bytes += b->size;
	return r;
}

/* True for damage that leaves the place of the next blob known. */
static bool can_go_on(const struct import *im, uint64_t end, int r)
{
	if (r == -EIO)
		return im->stream.failed && stream_is_seekable(&im->stream);
	return r == -EBADMSG && im->stream.position == end;
}

static int blob_skip(struct import *im, const struct statement_blob *b, struct error *err)
{
	int r = stream_skip(&im->stream, b->size + tar_padding(b->size), err);

	im->result.present_blobs++;
	return r < 0 ? r : progress_tell(im, b->size, err);
}

static int padding_take(struct import *im, const struct statement_blob *b, struct error *err)
{
	uint64_t at = im->stream.position;
	uint64_t end = at + tar_padding(b->size);
	struct error why = { 0 };
	int r = member_pad(&im->stream, b->size, &why);

	if (r < 0 && !can_go_on(im, end, r)) {
		*err = why;
		return r;
	}
	if (r < 0)
		damage_note(&im->damage, NULL, at, &why);
	return stream_skip(&im->stream, end - im->stream.position, err);
}

static int blob_take(struct import *im, const struct statement_blob *b, struct error *err)
{
	struct store *store = im->options->store;
	enum blob_state *state = &im->states[b - im->result.statement.blobs];
	uint64_t at = im->stream.position;
	struct error why = { 0 };
	uint64_t size;
	int r;

	im->progress.blob = &b->digest;
	*state = BLOB_WHOLE;
	if (store && store_has_blob(store, &b->digest, &size) && size == b->size)
		return blob_skip(im, b, err);
	r = blob_move(im, b, &why);
	if (r < 0)
		*state = BLOB_DAMAGED;
	if (r < 0 && !can_go_on(im, at + b->size, r)) {
		*err = why;
		return fail_in(err, "the blob at byte %llu of its content", (unsigned long long)at);
	}
	if (r < 0)
		damage_note(&im->damage, &b->digest, at, &why);
	r = stream_skip(&im->stream, at + b->size - im->stream.position, err);
	return r < 0 ? r : padding_take(im, b, err);
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
	else if (im->states[b - st->blobs] != BLOB_AWAITED)
		(void)fail_code(err, EBADMSG, "SW-2009", "'%s' is there twice", m->name);
	else if (b->size != m->size)
		(void)fail_code(
			err, EBADMSG, "SW-2009", "'%s' has another size than was signed", m->name);
	else
		return b;
	return NULL;
}

/* The next blob in the order in which bundles are written, small ones first; NULL behind the last.
 */
static const struct statement_blob *blob_expected(const struct import *im)
{
	const struct statement *st = &im->result.statement;
	const struct statement_blob *next = NULL;

	for (size_t i = 0; i < st->blob_count; i++)
		if (im->states[i] == BLOB_AWAITED && !st->blobs[i].absent &&
			(!next || st->blobs[i].size < next->size))
			next = &st->blobs[i];
	return next;
}

/* Finds which blob comes next. 0: none, the archive ends; 1: *ret. A damaged header is noted, and
 * the blob is taken for the one that should be there: its digest will tell. Not twice in a row. */
static int blob_next(
	struct import *im, bool *guessed, const struct statement_blob **ret, struct error *err)
{
	uint64_t at = im->stream.position;
	struct error why = { 0 };
	struct tar_member m;
	int r = member_next(&im->stream, &m, &why);

	if (r == 1)
		return 0;
	*ret = r == 0 ? blob_select(im, &m, &why) : blob_expected(im);
	if (r < 0 && *ret && !*guessed && can_go_on(im, at + TAR_BLOCK, r) &&
		strcmp(why.code, "SW-2006") == 0) {
		damage_note(&im->damage, NULL, at, &why);
		*guessed = true;
		return 1;
	}
	*guessed = false;
	if (r == 0 && *ret)
		return 1;
	*err = why;
	return r < 0 ? r : fail_in(err, "at byte %llu of its content", (unsigned long long)at);
}

static int blobs_all(struct import *im, struct error *err)
{
	const struct statement *st = &im->result.statement;
	char text[DIGEST_TEXT_MAX];

	for (size_t i = 0; i < st->blob_count && im->damage.count == 0; i++)
		if (im->states[i] == BLOB_AWAITED && !st->blobs[i].absent)
			return fail_code(err, EBADMSG, "SW-2014",
				"blob %s of its statement is not in it",
				digest_format(&st->blobs[i].digest, text));
	return 0;
}

int import_blobs(struct import *im, struct error *err)
{
	const struct statement_blob *b = NULL;
	bool guessed = false;
	int r = blob_next(im, &guessed, &b, err);

	while (r == 1) {
		r = blob_take(im, b, err);
		if (r < 0)
			return r;
		im->progress.blob = NULL;
		im->progress.done_blobs++;
		r = progress_tell(im, 0, err);
		if (r == 0)
			r = blob_next(im, &guessed, &b, err);
	}
	if (r == 0)
		r = member_end(&im->stream, err);
	return r < 0 ? r : blobs_all(im, err);
}
