// SPDX-License-Identifier: Apache-2.0
/* Listing the blobs, and walking through the documents among them. */
#include "bundles/store_census.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bundles/store_impl.h"

static int blob_order(const void *a, const void *b)
{
	const struct store_blob *x = a;
	const struct store_blob *y = b;

	return memcmp(&x->digest, &y->digest, sizeof(x->digest));
}

/* Gives room for one more blob. */
static int census_grow(struct store_census *c, size_t *room, struct error *err)
{
	struct store_blob *more;

	if (c->count < *room)
		return 0;
	if (c->count == STORE_BLOBS_MAX)
		return fail_code(err, E2BIG, "SW-2012", "the store holds more than %u blobs",
			STORE_BLOBS_MAX);
	more = reallocarray(c->blobs, *room ? 2 * *room : 256, sizeof(*more));
	if (!more)
		return fail_memory(err);
	c->blobs = more;
	*room = *room ? 2 * *room : 256;
	return 0;
}

static int foreign_add(struct store_census *c, const char *name, struct error *err)
{
	if (json_array_size(c->foreign) == STORE_FOREIGN_MAX)
		return 0;
	/* a name that is no UTF-8 is foreign all the same */
	if (json_array_append_new(c->foreign, json_string(name)) < 0 &&
		json_array_append_new(c->foreign, json_string("?")) < 0)
		return fail_memory(err);
	return 0;
}

static int name_take(
	struct store *s, struct store_census *c, const char *name, size_t *room, struct error *err)
{
	struct store_blob b = { 0 };
	struct error foreign = { 0 };
	struct stat st;

	if (fstatat(s->blobs_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(err, errno, "looking at blob '%s'", name);
	if (!S_ISREG(st.st_mode) || digest_parse_hex(name, &b.digest, &foreign) < 0)
		return foreign_add(c, name, err);
	if (census_grow(c, room, err) < 0)
		return err->number;
	b.size = (uint64_t)st.st_size;
	b.written_s = st.st_mtim.tv_sec;
	c->bytes += b.size;
	c->blobs[c->count++] = b;
	return 0;
}

static int names_take(struct store *s, struct store_census *c, struct error *err)
{
	int fd = openat(s->blobs_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	size_t room = 0;

	if (!dir) {
		int number = errno;

		if (fd >= 0)
			(void)close(fd); /* read only */
		return fail(err, number, "opening '%s/blobs/sha256'", s->path);
	}
	while ((errno = 0, e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (name_take(s, c, e->d_name, &room, err) < 0)
			return err->number;
	}
	return errno ? store_fail(err, -errno, "reading '%s/blobs/sha256'", s->path) : 0;
}

int store_census_take(struct store *s, struct store_census *ret, struct error *err)
{
	struct store_census c = { .foreign = json_array() };
	int r = c.foreign ? names_take(s, &c, err) : fail_memory(err);

	if (r < 0) {
		store_census_done(&c);
		return r;
	}
	if (c.count > 0)
		qsort(c.blobs, c.count, sizeof(*c.blobs), blob_order);
	*ret = c;
	return 0;
}

void store_census_done(struct store_census *c)
{
	free(c->blobs);
	json_decref(c->foreign);
	*c = (struct store_census){ 0 };
}

struct store_blob *store_census_find(const struct store_census *c, const struct digest *d)
{
	struct store_blob key = { .digest = *d };

	return c->count ? bsearch(&key, c->blobs, c->count, sizeof(key), blob_order) : NULL;
}

static int walk_step(
	const struct store_walk *w, const struct oci_descriptor *d, int depth, struct error *err);

static int walk_document(const struct store_walk *w, const struct oci_descriptor *d,
	struct store_blob *b, int depth, struct error *err)
{
	auto_document doc = { 0 };
	struct error unreadable = { 0 };
	int r = 0;

	if (depth >= OCI_NESTING_MAX ||
		store_read_document(w->store, &d->digest, &doc, &unreadable) < 0)
		return unreadable.number == -ENOMEM
			       ? fail_memory(err)
			       : w->visit(STORE_MET_UNREADABLE, d, b, w->arg, err);
	if (doc.kind == OCI_KIND_MANIFEST)
		r = walk_step(w, &doc.config, depth + 1, err);
	for (size_t i = 0; r == 0 && i < doc.count; i++)
		r = walk_step(w, &doc.items[i], depth + 1, err);
	return r;
}

static int walk_step(
	const struct store_walk *w, const struct oci_descriptor *d, int depth, struct error *err)
{
	struct store_blob *b = store_census_find(w->census, &d->digest);
	int r;

	if (!b)
		return w->visit(STORE_MET_NOTHING, d, NULL, w->arg, err);
	if (b->seen == w->number)
		return 0;
	b->seen = w->number;
	r = w->visit(STORE_MET_BLOB, d, b, w->arg, err);
	if (r != 0 || !oci_type_is_document(d->media_type))
		return r;
	return walk_document(w, d, b, depth, err);
}

int store_walk(const struct store_walk *w, const struct oci_descriptor *from, struct error *err)
{
	return walk_step(w, from, 0, err);
}

int store_walk_all(const struct store_walk *w, bool held, struct error *err)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(w->store->index.json, "manifests"), i, entry) {
		struct oci_descriptor d;
		int64_t since;
		int r = 0;

		if (!held && store_entry_is_held(entry, &since))
			continue;
		r = oci_descriptor_parse(entry, &d, err);
		if (r == 0)
			r = store_walk(w, &d, err);
		if (r != 0)
			return r;
	}
	return 0;
}
