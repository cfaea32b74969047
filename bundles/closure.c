// SPDX-License-Identifier: Apache-2.0
/* Walking from an entry to all it needs. */
#include "bundles/closure.h"

#include <string.h>

struct walk {
	struct store *store;
	closure_fn visit;
	void *arg;
};

static int blob_check(struct store *s, const struct oci_descriptor *d, struct error *err)
{
	char text[DIGEST_TEXT_MAX];
	uint64_t size;

	if (!store_has_blob(s, &d->digest, &size))
		return fail_code(err, ENOENT, "SW-2014", "blob %s (%llu bytes) is missing",
			digest_format(&d->digest, text), (unsigned long long)d->size);
	if (size != d->size)
		return fail_code(err, EBADMSG, "SW-2014", "blob %s has %llu bytes in place of %llu",
			digest_format(&d->digest, text), (unsigned long long)size,
			(unsigned long long)d->size);
	return 0;
}

static int walk_step(struct walk *w, const struct oci_descriptor *d, int depth, struct error *err);

static int walk_document(
	struct walk *w, const struct oci_descriptor *d, int depth, struct error *err)
{
	auto_document doc = { 0 };
	int r = store_read_document(w->store, &d->digest, &doc, err);

	if (r == 0 && doc.kind == OCI_KIND_MANIFEST)
		r = walk_step(w, &doc.config, depth + 1, err);
	for (size_t i = 0; r == 0 && i < doc.count; i++)
		r = walk_step(w, &doc.items[i], depth + 1, err);
	return r;
}

static int walk_step(struct walk *w, const struct oci_descriptor *d, int depth, struct error *err)
{
	int r = blob_check(w->store, d, err);

	if (r == 0)
		r = w->visit(d, w->arg, err);
	if (r != 0 || !oci_type_is_document(d->media_type))
		return r;
	if (depth >= OCI_NESTING_MAX)
		return fail_code(
			err, ELOOP, NULL, "indexes are nested more than %d deep", OCI_NESTING_MAX);
	return walk_document(w, d, depth, err);
}

int closure_walk(struct store *s, const struct oci_descriptor *from, closure_fn visit, void *arg,
	struct error *err)
{
	struct walk w = { s, visit, arg };

	return walk_step(&w, from, 0, err);
}
