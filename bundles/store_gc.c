// SPDX-License-Identifier: Apache-2.0
/* Removing blobs: the index lets go of old entries first, then what nothing refers to is unlinked.
 */
#include "bundles/store_gc.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "bundles/store_census.h"
#include "bundles/store_impl.h"

enum { MARK = 1 };

/* A missing layer is fsck's business; a missing manifest hides what else is needed. */
static int mark(enum store_met met, const struct oci_descriptor *d, struct store_blob *b, void *arg,
	struct error *err)
{
	char text[DIGEST_TEXT_MAX];

	(void)arg;
	(void)b;
	if (met == STORE_MET_BLOB || !oci_type_is_document(d->media_type))
		return 0;
	(void)fail_code(err, EBADMSG, "SW-2064",
		"the manifest %s is %s, and what it refers to is not known; nothing was removed",
		digest_format(&d->digest, text), met == STORE_MET_NOTHING ? "missing" : "damaged");
	return fail_hint(err, "slipway store fsck says what to import again");
}

/* Marks from every entry that stays. */
static int entries_mark(struct store *s, struct store_census *c, int64_t held_before_s,
	struct store_gc *gc, struct error *err)
{
	struct store_walk w = { s, c, MARK, mark, NULL };
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(s->index.json, "manifests"), i, entry) {
		struct oci_descriptor d;
		int64_t since;
		bool held = store_entry_is_held(entry, &since);
		int r = 0;

		if (held && since <= held_before_s)
			continue;
		gc->held += held;
		r = oci_descriptor_parse(entry, &d, err);
		if (r == 0)
			r = store_walk(&w, &d, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int blob_remove(struct store *s, const struct store_blob *b, struct error *err)
{
	char hex[DIGEST_TEXT_MAX];
	int r = s->ops->unlink(s->blobs_fd, digest_hex(&b->digest, hex));

	return r < 0 && r != -ENOENT ? store_fail(err, r, "removing blob sha256:%s", hex) : 0;
}

static int blobs_remove(struct store *s, const struct store_census *c, int64_t before_s,
	const struct store_gc_options *o, struct store_gc *gc, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->count; i++) {
		const struct store_blob *b = &c->blobs[i];

		if (b->seen == MARK || (o->keep && store_census_find(o->keep, &b->digest)))
			continue;
		if (b->written_s > before_s) {
			gc->young++;
			gc->young_bytes += b->size;
			continue;
		}
		r = o->dry_run ? 0 : blob_remove(s, b, err);
		gc->removed++;
		gc->removed_bytes += b->size;
	}
	if (r < 0 || o->dry_run || gc->removed == 0)
		return r;
	r = s->ops->sync(s->blobs_fd);
	return r < 0 ? store_fail(err, r, "syncing '%s/blobs/sha256'", s->path) : 0;
}

int store_gc(struct store *s, const struct store_gc_options *options, struct store_gc *ret,
	struct error *err)
{
	auto_census c = { 0 };
	struct store_gc gc = { 0 };
	int64_t before_s = now_ms() / 1000 - options->grace_s;
	int64_t held_before_s = options->keep_held ? INT64_MIN : before_s;
	int r = store_index_refresh(s, err);

	if (r == 0)
		r = store_census_take(s, &c, err);
	if (r == 0)
		r = entries_mark(s, &c, held_before_s, &gc, err);
	if (r == 0 && !options->dry_run && !options->keep_held)
		r = store_let_go(s, held_before_s, err);
	if (r == 0)
		r = blobs_remove(s, &c, before_s, options, &gc, err);
	if (r == 0)
		*ret = gc;
	return r;
}
