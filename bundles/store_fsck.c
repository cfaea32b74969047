// SPDX-License-Identifier: Apache-2.0
/* Hashing all blobs, then walking from every entry of the index to what is damaged or missing. */
#include "bundles/store_fsck.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/store_census.h"
#include "bundles/store_impl.h"

#define CHUNK (1u << 20)

struct fsck {
	struct store *store;
	const struct store_fsck_options *options;
	struct store_census census;
	struct store_fsck result;
	uint64_t done_bytes;
	char *chunk;
	const json_t *entry; /* that is being walked from */
};

static int progress_tell(struct fsck *f, uint64_t more, struct error *err)
{
	const struct store_fsck_options *o = f->options;

	f->done_bytes += more;
	if (o->progress && o->progress(f->done_bytes, f->census.bytes, o->progress_arg) != 0)
		return fail_code(err, ECANCELED, NULL, "it was stopped");
	return 0;
}

/* 0: hashed; 1: its bytes cannot be read. */
static int blob_hash(struct fsck *f, int fd, struct digest *ret, struct error *err)
{
	auto_digest hash = { 0 };
	int r = digest_start(&hash, err);

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
	while (r == 0) {
		ssize_t n = read(fd, f->chunk, CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return 1;
		if (n == 0)
			return digest_end(&hash, ret, err);
		r = digest_update(&hash, f->chunk, (size_t)n, err);
		if (r == 0)
			r = progress_tell(f, (uint64_t)n, err);
	}
	return r;
}

/* The mark is on the file that was read, not on its name: an import may have replaced it. */
static void blob_mark(struct fsck *f, const struct store_blob *b, int fd, const struct stat *st)
{
	if (b->damaged != store_blob_is_marked(st) && f->store->ops->mark(fd, b->damaged) < 0)
		f->result.unmarked += b->damaged;
}

static int blob_check(struct fsck *f, struct store_blob *b, struct error *err)
{
	struct error unreadable = { 0 };
	struct digest found;
	auto_close int fd = -1;
	struct stat st;
	int r;

	if (store_blob_open(f->store, &b->digest, &fd, &st, &unreadable) < 0) {
		b->damaged = unreadable.number != -ENOENT; /* gc was here meanwhile */
		return 0;
	}
	r = blob_hash(f, fd, &found, err);
	if (r < 0)
		return r;
	b->damaged = r == 1 || !digest_equal(&found, &b->digest);
	blob_mark(f, b, fd, &st);
	return 0;
}

static int blobs_check(struct fsck *f, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->census.count; i++) {
		r = blob_check(f, &f->census.blobs[i], err);
		f->result.damaged += f->census.blobs[i].damaged;
	}
	return r;
}

/* The finding about a digest, made where there is none yet. NULL past STORE_FINDINGS_MAX. */
static json_t *finding_of(
	struct fsck *f, const struct digest *d, uint64_t size, const char *problem, bool *ret_new)
{
	char text[DIGEST_TEXT_MAX];
	json_t *found;
	size_t i;

	(void)digest_format(d, text);
	*ret_new = false;
	json_array_foreach (f->result.findings, i, found)
		if (strcmp(json_str(found, "digest", ""), text) == 0)
			return found;
	*ret_new = true;
	if (json_array_size(f->result.findings) == STORE_FINDINGS_MAX)
		return NULL;
	found = json_pack("{s:s, s:I, s:s, s:[]}", "digest", text, "size", (json_int_t)size,
		"problem", problem, "needed_by");
	return json_array_append_new(f->result.findings, found) < 0 ? NULL : found;
}

static int name_add(json_t *names, const char *name)
{
	json_t *have;
	size_t i;

	json_array_foreach (names, i, have)
		if (strcmp(json_string_value(have), name) == 0)
			return 0;
	return json_array_append_new(names, json_string(name));
}

/* The import that brings an entry back. */
static json_t *again_of(struct fsck *f, const char *bundle, struct error *err)
{
	struct store_bundle record = { 0 };
	struct error ignored = { 0 };
	json_t *found;
	size_t i;

	json_array_foreach (f->result.again, i, found)
		if (strcmp(json_str(found, "bundle", ""), bundle) == 0)
			return found;
	(void)store_find_bundle(f->store, bundle, &record, &ignored); /* then its version is 0 */
	found = json_pack("{s:s, s:I, s:[]}", "bundle", bundle, "version",
		(json_int_t)record.version, "names");
	if (json_array_append_new(f->result.again, found) < 0) {
		(void)fail_memory(err);
		return NULL;
	}
	return found;
}

static int finding_add(
	struct fsck *f, const struct oci_descriptor *d, const char *problem, struct error *err)
{
	const char *name = oci_annotation(f->entry, OCI_NOTE_NAME);
	const char *bundle = oci_annotation(f->entry, OCI_NOTE_BUNDLE);
	bool new;
	json_t *finding = finding_of(f, &d->digest, d->size, problem, &new);
	json_t *again;

	f->result.missing += new &&strcmp(problem, "missing") == 0;
	if (!name)
		return 0; /* held, or never had one: nothing that an import could bring back by name
			   */
	if (finding && name_add(json_object_get(finding, "needed_by"), name) < 0)
		return fail_memory(err);
	again = again_of(f, bundle ? bundle : "", err);
	if (!again)
		return err->number;
	return name_add(json_object_get(again, "names"), name) < 0 ? fail_memory(err) : 0;
}

static int blob_met(enum store_met met, const struct oci_descriptor *d, struct store_blob *b,
	void *arg, struct error *err)
{
	struct fsck *f = arg;

	switch (met) {
	case STORE_MET_BLOB:
		b->owner = 1;
		if (b->size != d->size) {
			f->result.damaged += !b->damaged;
			b->damaged = true;
		}
		if (!b->damaged)
			return 0;
		return finding_add(f, d,
			b->size < d->size   ? "truncated"
			: b->size > d->size ? "too long"
					    : "altered",
			err);
	case STORE_MET_NOTHING:
		if (store_has_blob(f->store, &d->digest, NULL))
			return 0; /* an import was here meanwhile */
		return finding_add(f, d, "missing", err);
	case STORE_MET_UNREADABLE:
		if (b->damaged)
			return 0;
		f->result.damaged++;
		b->damaged = true;
		return finding_add(f, d, "unreadable", err);
	}
	return 0;
}

static int entries_check(struct fsck *f, struct error *err)
{
	struct store_walk w = { f->store, &f->census, 0, blob_met, f };
	size_t i;
	int r = 0;

	json_array_foreach (json_object_get(f->store->index.json, "manifests"), i, f->entry) {
		struct oci_descriptor d;
		int64_t since;

		w.number++;
		r = oci_descriptor_parse(f->entry, &d, err);
		if (r == 0 && !store_entry_is_held(f->entry, &since))
			r = store_walk(&w, &d, err);
		if (r < 0)
			return r;
	}
	f->entry = NULL;
	return 0;
}

/* What no entry has named: damage of its own, or gc's business. */
static int rest_check(struct fsck *f, struct error *err)
{
	for (size_t i = 0; i < f->census.count; i++) {
		const struct store_blob *b = &f->census.blobs[i];
		const struct oci_descriptor d = { .digest = b->digest, .size = b->size };

		if (b->damaged && b->owner == 0 && finding_add(f, &d, "altered", err) < 0)
			return err->number;
		if (!b->damaged && b->owner == 0) {
			f->result.unreferenced++;
			f->result.unreferenced_bytes += b->size;
		}
	}
	return 0;
}

/* Keeps the broken index.json under another name and puts an empty one in its place. */
static int index_repair(struct store *s, struct error *err)
{
	auto_close int fd = openat(s->dir_fd, "index.json", O_RDONLY | O_CLOEXEC);
	auto_free char *empty = NULL;
	int r = 0;

	if (fd >= 0) {
		(void)s->ops->unlink(s->dir_fd, "index.json.damaged"); /* link tells if it stays */
		r = s->ops->link(fd, s->dir_fd, "index.json.damaged");
	}
	if (r < 0)
		return store_fail(err, r, "keeping '%s/index.json.damaged'", s->path);
	r = store_index_text(NULL, NULL, &empty, err);
	return r < 0 ? r : store_index_replace(s, empty, err);
}

static int repair(struct fsck *f, struct error *err)
{
	struct store *s = f->store;
	int r = f->result.index.number ? index_repair(s, err) : 0;

	for (size_t i = 0; r == 0 && i < f->census.count; i++) {
		char hex[DIGEST_TEXT_MAX];

		if (!f->census.blobs[i].damaged)
			continue;
		r = s->ops->unlink(s->blobs_fd, digest_hex(&f->census.blobs[i].digest, hex));
		if (r == -ENOENT)
			r = 0;
		if (r < 0)
			return store_fail(err, r, "removing the damaged blob sha256:%s", hex);
	}
	if (r < 0 || f->result.damaged == 0)
		return r;
	r = s->ops->sync(s->blobs_fd);
	return r < 0 ? store_fail(err, r, "syncing '%s/blobs/sha256'", s->path) : 0;
}

static int fsck_steps(struct fsck *f, struct error *err)
{
	int r = store_census_take(f->store, &f->census, err);

	if (r == 0)
		r = blobs_check(f, err);
	if (r < 0)
		return r;
	f->result.blobs = f->census.count;
	f->result.bytes = f->census.bytes;
	f->result.foreign = json_incref(f->census.foreign);
	if (store_index_refresh(f->store, &f->result.index) == 0)
		r = entries_check(f, err);
	else if (f->result.index.number == -ENOMEM)
		r = fail_memory(err);
	if (r == 0)
		r = rest_check(f, err);
	if (r == 0 && f->options->repair)
		r = repair(f, err);
	return r;
}

int store_fsck(struct store *s, const struct store_fsck_options *options, struct store_fsck *ret,
	struct error *err)
{
	struct fsck f = { .store = s, .options = options, .chunk = malloc(CHUNK) };
	int r;

	f.result.findings = json_array();
	f.result.again = json_array();
	r = f.chunk && f.result.findings && f.result.again ? fsck_steps(&f, err) : fail_memory(err);
	free(f.chunk);
	store_census_done(&f.census);
	if (r < 0)
		store_fsck_done(&f.result);
	else
		*ret = f.result;
	return r;
}

void store_fsck_done(struct store_fsck *f)
{
	json_decref(f->findings);
	json_decref(f->again);
	json_decref(f->foreign);
	*f = (struct store_fsck){ 0 };
}
