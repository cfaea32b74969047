// SPDX-License-Identifier: Apache-2.0
/* From the root of an image to the part of it that is wanted. */
#include "bundles/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/blob_put.h"

#define TYPE_DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"

static bool config_is_image(const char *type)
{
	return strcmp(type, OCI_TYPE_CONFIG) == 0 || strcmp(type, TYPE_DOCKER_CONFIG) == 0;
}

struct platform container_platform(struct store *s, const struct oci_descriptor *config)
{
	auto_close int fd = -1;
	auto_json json_t *json = NULL;
	struct error ignored = { 0 };
	auto_free char *text = NULL;
	uint64_t size;
	size_t n;

	if (config->size > OCI_DOCUMENT_MAX ||
		store_open_blob(s, &config->digest, &fd, &size, &ignored) < 0)
		return (struct platform){ 0 };
	text = malloc(config->size + 1);
	if (!text || read_full(fd, text, config->size, &n, &ignored) < 0 ||
		json_read(text, n, &json, &ignored) < 0)
		return (struct platform){ 0 };
	return platform_of(json);
}

/* Fetches a manifest and reads what it is. */
static int manifest_take(const struct container_source *source, const struct oci_descriptor *d,
	struct container *ret, struct platform *ret_platform, struct error *err)
{
	auto_document doc = { 0 };
	int r = source->fetch(d, source->arg, err);

	if (r == 0)
		r = store_read_document(source->store, &d->digest, &doc, err);
	if (r < 0)
		return r;
	*ret_platform = (struct platform){ 0 };
	if (doc.kind == OCI_KIND_MANIFEST) {
		ret->image = config_is_image(doc.config.media_type);
		*ret_platform = container_platform(source->store, &doc.config);
	}
	if (!ret->architecture[0])
		memcpy(ret->architecture, ret_platform->architecture, sizeof(ret->architecture));
	return 0;
}

static void root_set(struct container *ret, const struct oci_descriptor *d)
{
	memcpy(ret->media_type, d->media_type, sizeof(ret->media_type));
	ret->manifest = d->digest;
	ret->size = d->size;
}

/* A new index with the entries that are kept; all else in it stays. */
static int index_put(struct store *s, const struct oci_document *index, const bool *keep,
	struct container *ret, struct error *err)
{
	auto_json json_t *copy = json_copy(index->json);
	json_t *kept = json_array();

	for (size_t i = 0; kept && i < index->count; i++)
		if (keep[i] && json_array_append(kept, (json_t *)index->items[i].json) < 0)
			return fail_memory(err);
	if (!copy || json_object_set_new(copy, "manifests", kept) < 0)
		return fail_memory(err);
	memcpy(ret->media_type, index->media_type, sizeof(ret->media_type));
	return blob_put_json(s, copy, &ret->manifest, &ret->size, err);
}

static int index_take(const struct container_source *source, const struct oci_descriptor *root,
	const struct oci_document *index, struct container *ret, struct error *err)
{
	auto_free bool *keep = calloc(index->count + 1, sizeof(*keep));
	size_t kept = 0;
	int r = keep ? platform_pick(index, source->wanted, keep, &kept, err) : fail_memory(err);

	for (size_t i = 0; r == 0 && i < index->count; i++) {
		struct platform ignored;

		if (!keep[i])
			continue;
		r = manifest_take(source, &index->items[i], ret, &ignored, err);
		if (kept == 1)
			root_set(ret, &index->items[i]);
	}
	if (r < 0 || (kept == 1 && index->count > 1))
		return r;
	if (kept < index->count)
		return index_put(source->store, index, keep, ret, err);
	root_set(ret, root);
	return 0;
}

int container_take(const struct container_source *source, const struct oci_descriptor *root,
	struct container *ret, struct error *err)
{
	struct container c = { .image = true };
	auto_document doc = { 0 };
	struct platform platform;
	int r = store_read_document(source->store, &root->digest, &doc, err);

	if (r == 0 && doc.kind == OCI_KIND_INDEX) {
		r = index_take(source, root, &doc, &c, err);
	} else if (r == 0) {
		r = manifest_take(source, root, &c, &platform, err);
		if (r == 0)
			r = platform_check(source->wanted, &platform, err);
		root_set(&c, root);
	}
	if (r == 0)
		*ret = c;
	return r;
}
