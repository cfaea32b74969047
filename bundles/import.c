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
#include "bundles/absent.h"
#include "bundles/import_check.h"
#include "bundles/import_impl.h"
#include "bundles/member.h"

/* 0: enough trusted keys signed it; 1: too few did, and it is shown all the same. */
static int statement_take(struct import *im, bool show_untrusted, struct error *err)
{
	auto_buf statement = { .max = STATEMENT_MAX };
	auto_buf signatures = { .max = SIGNATURES_FILE_MAX };
	const struct trust *trust = im->options->trust;
	int missing;
	int r = member_read(&im->stream, STATEMENT_FILE, "SW-2001", STATEMENT_MAX, &statement, err);

	if (r < 0 && (strcmp(err->code, "SW-2001") == 0 || strcmp(err->code, "SW-2009") == 0))
		return fail_hint(err,
			"If it never was a bundle, but an image, an archive or a disk: "
			"slipway bundle import --unsigned FILE");
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

/* The number of blobs that the bundle carries and that are whole now. */
static size_t blobs_whole(const struct import *im)
{
	size_t n = 0;

	for (size_t i = 0; i < im->result.statement.blob_count; i++)
		n += im->states[i] == BLOB_WHOLE;
	return n;
}

/* Says what is whole although the import failed, and what an import of a good copy will take. */
static int import_kept(struct import *im, int r, struct error *err)
{
	size_t whole = blobs_whole(im);

	if (im->damage.count > 0)
		r = damage_raise(&im->damage, r, whole, im->progress.total_blobs, err);
	if (!im->options->store || err->hint[0])
		return r;
	if (r == -EBADMSG || r == -EIO)
		return fail_hint(err,
			"Import a good copy: it takes only what is missing. %zu of %zu blobs are whole "
			"and kept; no name in the store was changed.",
			whole, im->progress.total_blobs);
	return r;
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
		r = absent_check(o->store, st, &im->stream, err);
	if (r == 0 && o->store)
		r = import_check_space(o->store, st, err);
	if (r < 0)
		return r;
	im->states = calloc(st->blob_count + 1, sizeof(*im->states));
	if (!im->states)
		return fail_memory(err);
	im->progress = (struct import_progress){
		.total_bytes = st->blob_bytes - st->absent_bytes,
		.total_blobs = st->blob_count - st->absent_count,
		.statement = st,
	};
	r = layout_take(im, err);
	if (r == 0)
		r = pump_open(&im->pump, &im->stream, err);
	if (r == 0)
		r = import_blobs(im, err);
	if (r < 0 || im->damage.count > 0)
		return import_kept(im, r, err);
	return o->store ? import_names(im, err) : 0;
}

static int import_end(struct import *im, int r, struct import_result *ret)
{
	pump_close(&im->pump);
	stream_close(&im->stream);
	damage_done(&im->damage);
	free(im->states);
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
