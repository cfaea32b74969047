// SPDX-License-Identifier: Apache-2.0
/*
 * Reading OCI documents. A document is a JSON object with `schemaVersion` 2; what it is follows
 * from its mediaType or, where it has none (OCI allows that), from which list it holds: `layers`
 * makes a manifest, `manifests` an index. Members we do not know are let be: the stored bytes, not
 * this reading of them, are what is served.
 */
#include "bundles/oci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* RFC 6838, 4.2, and "/" in between; parameters have no place in a descriptor. */
static bool type_valid(const char *type)
{
	size_t n = strlen(type);
	const char *slash = strchr(type, '/');

	if (n >= OCI_TYPE_MAX || !slash || slash == type || !slash[1])
		return false;
	return strspn(type,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+/") ==
	       n;
}

static int type_copy(
	const json_t *obj, const char *key, char out[static OCI_TYPE_MAX], struct error *err)
{
	const char *type = json_string_value(json_object_get(obj, key));

	out[0] = '\0';
	if (!type)
		return 0;
	if (!type_valid(type))
		return fail_code(err, EINVAL, NULL, "'%.80s' is no media type", type);
	memcpy(out, type, strlen(type) + 1);
	return 0;
}

int oci_descriptor_parse(const json_t *json, struct oci_descriptor *ret, struct error *err)
{
	struct oci_descriptor d = { .json = json };
	const json_t *size = json_object_get(json, "size");
	const char *digest = json_string_value(json_object_get(json, "digest"));

	if (!json_is_object(json))
		return fail_code(err, EINVAL, NULL, "a descriptor is no object");
	if (type_copy(json, "mediaType", d.media_type, err) < 0)
		return fail_in(err, "a descriptor");
	if (!d.media_type[0])
		return fail_code(err, EINVAL, NULL, "a descriptor has no mediaType");
	if (!digest || digest_parse(digest, &d.digest, err) < 0)
		return fail_code(err, EINVAL, NULL, "a descriptor has no SHA-256 digest");
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return fail_code(err, EINVAL, NULL, "descriptor %s has no size", digest);
	d.size = (uint64_t)json_integer_value(size);
	*ret = d;
	return 0;
}

static int kind_of(const struct oci_document *d, enum oci_kind *ret, struct error *err)
{
	bool layers = json_is_array(json_object_get(d->json, "layers"));
	bool manifests = json_is_array(json_object_get(d->json, "manifests"));
	const char *type = d->media_type;

	if (json_integer_value(json_object_get(d->json, "schemaVersion")) != 2)
		return fail_code(err, EINVAL, NULL, "it has no schemaVersion 2");
	if (layers == manifests) /* one reading only (CVE-2021-41190) */
		return fail_code(err, EINVAL, NULL, "it is neither a manifest nor an index");
	*ret = layers ? OCI_KIND_MANIFEST : OCI_KIND_INDEX;
	if (!*type)
		return 0;
	if (layers ? strcmp(type, OCI_TYPE_INDEX) == 0 || strcmp(type, OCI_TYPE_DOCKER_LIST) == 0
		   : strcmp(type, OCI_TYPE_MANIFEST) == 0 ||
				strcmp(type, OCI_TYPE_DOCKER_MANIFEST) == 0)
		return fail_code(
			err, EINVAL, NULL, "its mediaType '%s' is not what it holds", type);
	return 0;
}

static int items_parse(struct oci_document *d, size_t max_items, struct error *err)
{
	const json_t *items =
		json_object_get(d->json, d->kind == OCI_KIND_INDEX ? "manifests" : "layers");
	size_t count = json_array_size(items);

	if (count > max_items)
		return fail_code(
			err, E2BIG, NULL, "it lists %zu items, the most is %zu", count, max_items);
	d->items = calloc(count ? count : 1, sizeof(*d->items));
	if (!d->items)
		return fail_memory(err);
	for (d->count = 0; d->count < count; d->count++) {
		int r = oci_descriptor_parse(
			json_array_get(items, d->count), &d->items[d->count], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int document_read(struct oci_document *d, size_t max_items, struct error *err)
{
	int r = type_copy(d->json, "mediaType", d->media_type, err);

	if (r == 0)
		r = type_copy(d->json, "artifactType", d->artifact_type, err);
	if (r == 0)
		r = kind_of(d, &d->kind, err);
	if (r == 0 && d->kind == OCI_KIND_MANIFEST)
		r = oci_descriptor_parse(json_object_get(d->json, "config"), &d->config, err);
	if (r == 0)
		r = items_parse(d, max_items, err);
	if (r == 0 && !d->media_type[0])
		(void)snprintf(d->media_type, OCI_TYPE_MAX, "%s",
			d->kind == OCI_KIND_INDEX ? OCI_TYPE_INDEX : OCI_TYPE_MANIFEST);
	return r;
}

int oci_document_parse(
	const void *p, size_t n, size_t max_items, struct oci_document *ret, struct error *err)
{
	struct oci_document d = { 0 };
	int r = json_read(p, n, &d.json, err);

	if (r == 0)
		r = document_read(&d, max_items, err);
	if (r < 0) {
		oci_document_done(&d);
		return r;
	}
	*ret = d;
	return 0;
}

void oci_document_done(struct oci_document *d)
{
	free(d->items);
	json_decref(d->json);
	*d = (struct oci_document){ 0 };
}

const char *oci_annotation(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json_object_get(json, "annotations"), key));
}

json_t *oci_descriptor_json(const char *media_type, const struct digest *digest, uint64_t size)
{
	char text[DIGEST_TEXT_MAX];

	return json_pack("{s:s, s:s, s:I}", "mediaType", media_type, "digest",
		digest_format(digest, text), "size", (json_int_t)size);
}

bool oci_type_is_document(const char *type)
{
	return strcmp(type, OCI_TYPE_MANIFEST) == 0 || strcmp(type, OCI_TYPE_INDEX) == 0 ||
	       strcmp(type, OCI_TYPE_DOCKER_MANIFEST) == 0 ||
	       strcmp(type, OCI_TYPE_DOCKER_LIST) == 0;
}

const struct oci_descriptor *oci_index_find(
	const struct oci_document *index, const char *architecture)
{
	for (size_t i = 0; i < index->count; i++) {
		const json_t *platform = json_object_get(index->items[i].json, "platform");

		if (strcmp(json_str(platform, "os", ""), "linux") == 0 &&
			strcmp(json_str(platform, "architecture", ""), architecture) == 0)
			return &index->items[i];
	}
	return NULL;
}
