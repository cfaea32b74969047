// SPDX-License-Identifier: Apache-2.0
/* The questions of an import: is it older, does it fit, is it complete. */
#include "bundles/import_check.h"

#include <stdio.h>
#include <string.h>

#include "bundles/closure.h"

int import_check_version(struct store *s, const struct statement *st,
	const struct digest *statement_digest, bool allow_rollback, uint64_t *ret_previous,
	struct error *err)
{
	unsigned long long version = st->version;
	struct store_bundle have;
	int r = store_find_bundle(s, st->name, &have, err);

	if (r < 0)
		return r;
	*ret_previous = have.version;
	if (allow_rollback || have.version < st->version ||
		(have.version == st->version && digest_equal(&have.statement, statement_digest)))
		return 0;
	if (have.version > st->version) {
		(void)fail_code(err, EPERM, "SW-2007",
			"'%s' version %llu is older than version %llu, which is here; nothing was changed",
			st->name, version, (unsigned long long)have.version);
		return fail_hint(
			err, "To go back on purpose: slipway bundle import --allow-rollback");
	}
	(void)fail_code(err, EPERM, "SW-2008",
		"another '%s' of the same version %llu is here; nothing was changed", st->name,
		version);
	return fail_hint(
		err, "Give the new one a higher version, or import with --allow-rollback.");
}

static bool blob_is_here(struct store *s, const struct statement_blob *b)
{
	uint64_t size;

	return store_has_blob(s, &b->digest, &size) && size == b->size;
}

int import_check_space(struct store *s, const struct statement *st, struct error *err)
{
	char need_text[SIZE_TEXT_MAX];
	char free_text[SIZE_TEXT_MAX];
	char more_text[SIZE_TEXT_MAX];
	uint64_t need = 0;
	uint64_t room;
	size_t present = 0;
	int r = store_free_space(s, &room, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < st->blob_count; i++) {
		if (blob_is_here(s, &st->blobs[i]))
			present++;
		else
			need += st->blobs[i].size;
	}
	if (need == 0 || (room >= STORE_ROOM_SPARE && room - STORE_ROOM_SPARE >= need))
		return 0;
	(void)fail_code(err, ENOSPC, "SW-2011",
		"not enough room: the import needs %s, %s are free; %zu of %zu blobs are here already; "
		"nothing was changed",
		size_format(need + STORE_ROOM_SPARE, need_text), size_format(room, free_text),
		present, st->blob_count);
	return fail_hint(err, "Free %s: slipway store gc --dry-run",
		size_format(need + STORE_ROOM_SPARE - room, more_text));
}

static int nothing_more(const struct oci_descriptor *d, void *arg, struct error *err)
{
	(void)d;
	(void)arg;
	(void)err;
	return 0; /* the walk itself checks that the blob is there */
}

int import_check_closure(struct store *s, const struct statement *st, struct error *err)
{
	const json_t *item;
	size_t i;

	json_array_foreach (st->entries, i, item) {
		struct oci_descriptor d;
		int r = oci_descriptor_parse(item, &d, err);

		if (r == 0)
			r = closure_walk(s, &d, nothing_more, NULL, err);
		if (r < 0)
			return fail_in(
				err, "'%s' is not complete", oci_annotation(item, OCI_NOTE_NAME));
	}
	return 0;
}
