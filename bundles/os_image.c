// SPDX-License-Identifier: Apache-2.0
/*
 * OS images as plans need them. What an installer must know stands in annotations, vnd.slipway.*,
 * of the entry's descriptor or, where that says nothing, of the manifest.
 */
#include "bundles/os_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define ARCHITECTURE "amd64"

bool os_image_is(const struct store_entry *e)
{
	return strcmp(e->kind, "rootfs") == 0 || strcmp(e->kind, "disk") == 0;
}

static const char *note(
	const struct store_entry *e, const struct oci_document *manifest, const char *key)
{
	const char *text = oci_annotation(e->descriptor.json, key);

	text = text ? text : oci_annotation(manifest->json, key);
	return text ? text : "";
}

static int kernel_args_read(const char *text, json_t **ret, struct error *err)
{
	const json_t *item;
	size_t i;
	int r;

	if (!*text) {
		*ret = json_array();
		return *ret ? 0 : fail_memory(err);
	}
	r = json_read(text, strlen(text), ret, err);
	if (r < 0)
		return fail_in(err, OCI_NOTE_KERNEL_ARGS);
	json_array_foreach (*ret, i, item)
		if (!json_is_string(item))
			r = -EINVAL;
	if (r < 0 || !json_is_array(*ret))
		return fail_code(err, EINVAL, NULL, OCI_NOTE_KERNEL_ARGS " is no list of strings");
	return 0;
}

/* The manifest of an entry; where that is an index, the one that runs on our architecture. */
static int manifest_read(struct store *s, const struct oci_descriptor *d, struct os_image *i,
	struct oci_document *ret, struct error *err)
{
	const struct oci_descriptor *fit;
	struct digest digest;
	int r = store_read_document(s, &d->digest, ret, err);

	if (r < 0)
		return r;
	i->manifest = d->digest;
	if (ret->kind == OCI_KIND_MANIFEST)
		return 0;
	fit = oci_index_find(ret, ARCHITECTURE);
	if (!fit)
		return fail_code(err, ENOENT, NULL, "none of its manifests is for " ARCHITECTURE);
	digest = fit->digest;
	oci_document_done(ret);
	i->manifest = digest;
	r = store_read_document(s, &digest, ret, err);
	if (r == 0 && ret->kind != OCI_KIND_MANIFEST)
		r = fail_code(err, EINVAL, NULL, "its index leads to another index");
	return r;
}

static int image_fill(
	struct store *s, const struct store_entry *e, struct os_image *i, struct error *err)
{
	auto_document manifest = { 0 };
	char *tag;
	int r = manifest_read(s, &e->descriptor, i, &manifest, err);

	if (r < 0)
		return r;
	(void)snprintf(i->name, sizeof(i->name), "%s", e->name);
	(void)snprintf(i->repository, sizeof(i->repository), "%s", e->name);
	tag = strrchr(i->repository, ':');
	if (tag && !strchr(tag, '/')) /* not the port of a host */
		*tag = '\0';
	(void)snprintf(i->kind, sizeof(i->kind), "%s", e->kind);
	(void)snprintf(i->architecture, sizeof(i->architecture), "%s",
		note(e, &manifest, OCI_NOTE_ARCHITECTURE));
	memcpy(i->media_type, manifest.media_type, sizeof(i->media_type));
	i->min_disk_bytes = strtoull(note(e, &manifest, OCI_NOTE_MIN_DISK), NULL, 10);
	i->layers = manifest.count;
	for (size_t n = 0; n < manifest.count; n++)
		i->size_bytes += manifest.items[n].size;
	return kernel_args_read(note(e, &manifest, OCI_NOTE_KERNEL_ARGS), &i->kernel_args, err);
}

int os_image_load(struct store *s, const char *name, struct os_image *ret, struct error *err)
{
	const struct store_entry *e = store_find(s, name);
	struct os_image i = { 0 };
	int r;

	if (!e || !os_image_is(e))
		return fail_code(err, ENOENT, "SW-2017", "the store has no OS image '%.80s'", name);
	r = image_fill(s, e, &i, err);
	if (r < 0) {
		os_image_done(&i);
		return fail_in(err, "OS image '%.80s'", name);
	}
	*ret = i;
	return 0;
}

void os_image_done(struct os_image *i)
{
	json_decref(i->kernel_args);
	*i = (struct os_image){ 0 };
}
