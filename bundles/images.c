// SPDX-License-Identifier: Apache-2.0
/* Finding images in archives and layouts, and their names. */
#include "bundles/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/docker_archive.h"
#include "bundles/reference.h"

#define NOTE_FULL_NAME "io.containerd.image.name" /* of containerd, docker and Hauler */
#define NOTE_KIND      "kind"                     /* of cosign and Hauler */
#define NAMES_SHOWN    400                        /* bytes of names in an error */

/* What is kept beside an image (a signature, an attestation, an SBOM) has the image's own name in
 * these layouts. It gets the tag that cosign gives it in a registry: sha256-<hex>.sig. */
static const char *companion_suffix(const char *kind)
{
	static const struct {
		const char *kind;
		const char *suffix;
	} rows[] = { { "/sigs", "sig" }, { "/atts", "att" }, { "/sboms", "sbom" } };
	const char *slash = strrchr(kind, '/');

	for (size_t i = 0; slash && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(slash, rows[i].kind) == 0)
			return rows[i].suffix;
	return NULL;
}

static const char *kind_of(const json_t *descriptor)
{
	const char *kind = oci_annotation(descriptor, NOTE_KIND);

	return kind ? kind : "";
}

/* The name that a descriptor has: in full where it can be made so. */
static void name_read(const json_t *descriptor, char out[static REFERENCE_MAX])
{
	const char *full = oci_annotation(descriptor, NOTE_FULL_NAME);
	const char *name = oci_annotation(descriptor, OCI_NOTE_NAME);
	struct error ignored = { 0 };

	name = full ? full : name ? name : "";
	if ((!full && !strpbrk(name, ":/")) || strncmp(name, "hauler/", 7) == 0 ||
		oci_annotation(descriptor, OCI_NOTE_KIND) ||
		reference_normalize(name, out, &ignored) < 0)
		(void)snprintf(out, REFERENCE_MAX, "%s", name);
}

static int item_add(struct images *i, const char *name, const char *tag, const char *key,
	json_t *value, struct error *err)
{
	json_t *item =
		json_pack("{s:s, s:s, s:O}", "name", name, "tag", tag ? tag : "", key, value);

	return json_array_append_new(i->list, item) < 0
		       ? fail_code(err, EINVAL, "SW-6007", "a name in it is no UTF-8")
		       : 0;
}

/* The digest of the image that has a name, for its companions. */
static const char *owner_digest(const json_t *manifests, const char *name)
{
	const json_t *item;
	size_t n;

	json_array_foreach (manifests, n, item) {
		char other[REFERENCE_MAX];

		name_read(item, other);
		if (!companion_suffix(kind_of(item)) && strcmp(other, name) == 0)
			return json_str(item, "digest", NULL);
	}
	return NULL;
}

static void companion_name(
	const json_t *manifests, const char *suffix, char name[static REFERENCE_MAX])
{
	const char *digest = owner_digest(manifests, name);
	char *tag = strrchr(name, ':');
	char base[REFERENCE_MAX];

	if (!digest || !tag || strchr(tag, '/') || strlen(digest) != DIGEST_TEXT_MAX - 1)
		return; /* a signature of nothing that is here keeps the name that it has */
	*tag = '\0';
	(void)snprintf(base, sizeof(base), "%s", name);
	(void)snprintf(name, REFERENCE_MAX, "%.300s:sha256-%s.%s", base, digest + 7, suffix);
}

static int layout_list(struct images *i, const struct buf *text, struct error *err)
{
	auto_document doc = { 0 };
	int r = oci_document_parse(buf_str(text), text->len, STORE_ENTRIES_MAX, &doc, err);

	if (r == 0 && doc.kind != OCI_KIND_INDEX)
		r = fail_code(err, EINVAL, "SW-6007", "it is no index");
	for (size_t n = 0; r == 0 && n < doc.count; n++) {
		const json_t *descriptor = doc.items[n].json;
		const char *suffix = companion_suffix(kind_of(descriptor));
		char name[REFERENCE_MAX];

		name_read(descriptor, name);
		if (suffix)
			companion_name(json_object_get(doc.json, "manifests"), suffix, name);
		r = item_add(i, name, oci_annotation(descriptor, OCI_NOTE_NAME), "descriptor",
			(json_t *)descriptor, err);
	}
	return r < 0 ? fail_in(err, "index.json") : 0;
}

static int docker_item_add(struct images *i, json_t *item, struct error *err)
{
	const json_t *tags = json_object_get(item, "RepoTags");
	const json_t *tag;
	size_t n;

	if (json_array_size(tags) == 0)
		return item_add(i, "", "", "docker", item, err);
	json_array_foreach (tags, n, tag) {
		char name[REFERENCE_MAX];
		struct error ignored = { 0 };

		if (reference_normalize(json_string_value(tag), name, &ignored) < 0)
			(void)snprintf(name, sizeof(name), "%s", json_string_value(tag));
		if (item_add(i, name, json_string_value(tag), "docker", item, err) < 0)
			return err->number;
	}
	return 0;
}

static int docker_list(struct images *i, const struct buf *text, struct error *err)
{
	auto_json json_t *list = NULL;
	json_t *item;
	size_t n;
	int r = docker_archive_parse(buf_str(text), text->len, &list, err);

	json_array_foreach (list, n, item)
		if (r == 0)
			r = docker_item_add(i, item, err);
	return r;
}

static int images_list(struct images *i, struct error *err)
{
	auto_buf text = { .max = OCI_DOCUMENT_MAX };
	int r = pool_read(&i->pool, "index.json", OCI_DOCUMENT_MAX, &text, err);

	if (r == 0)
		return layout_list(i, &text, err);
	if (r != -ENOENT)
		return r;
	*err = (struct error){ 0 };
	r = i->pool.dir_fd >= 0
		    ? -ENOENT
		    : pool_read(&i->pool, DOCKER_ARCHIVE_LIST, OCI_DOCUMENT_MAX, &text, err);
	if (r == -ENOENT)
		return fail_code(err, EINVAL, "SW-6007",
			"it holds neither index.json, as an OCI layout does, nor manifest.json, as "
			"'docker save' writes it");
	return r < 0 ? r : docker_list(i, &text, err);
}

int images_open(struct images *i, struct store *s, const char *path, struct error *err)
{
	int r;

	*i = (struct images){ .list = json_array(), .packed = json_object() };
	r = i->list && i->packed ? pool_open(&i->pool, s, path, err) : fail_memory(err);
	if (r == 0 && images_list(i, err) < 0)
		r = fail_in(err, "'%s'", path);
	if (r < 0)
		images_close(i);
	return r;
}

void images_close(struct images *i)
{
	pool_close(&i->pool);
	json_decref(i->list);
	json_decref(i->packed);
	*i = (struct images){ .pool = { .dir_fd = -1 } };
}

size_t images_count(const struct images *i)
{
	return json_array_size(i->list);
}

const char *images_name(const struct images *i, size_t at)
{
	return json_str(json_array_get(i->list, at), "name", "");
}

static int fail_unnamed(const struct images *i, const char *name, struct error *err)
{
	auto_buf names = { .max = NAMES_SHOWN };

	for (size_t n = 0; n < images_count(i) && !names.failed; n++)
		buf_printf(&names, "%s%s", n ? ", " : "", images_name(i, n));
	if (*name)
		return fail_code(err, ENOENT, "SW-6007",
			"there is no image '%.120s' in it, but: %s", name, buf_str(&names));
	return fail_code(err, EINVAL, "SW-6007",
		"%zu images are in it, say which (SOURCE:NAME) or use 'archives': %s",
		images_count(i), buf_str(&names));
}

int images_find(const struct images *i, const char *name, size_t *ret, struct error *err)
{
	char full[REFERENCE_MAX];
	struct error ignored = { 0 };
	char *end;

	if (!*name) {
		*ret = 0;
		return images_count(i) == 1 ? 0 : fail_unnamed(i, name, err);
	}
	if (*name == '@') {
		*ret = strtoul(name + 1, &end, 10);
		return *end || *ret >= images_count(i) ? fail_unnamed(i, name, err) : 0;
	}
	if (reference_normalize(name, full, &ignored) < 0)
		full[0] = '\0';
	for (*ret = 0; *ret < images_count(i); (*ret)++) {
		const json_t *item = json_array_get(i->list, *ret);

		if (strcmp(json_str(item, "tag", ""), name) == 0 ||
			strcmp(json_str(item, "name", ""), name) == 0 ||
			strcmp(json_str(item, "name", ""), full) == 0)
			return 0;
	}
	return fail_unnamed(i, name, err);
}

static int manifest_fetch(const struct oci_descriptor *d, void *arg, struct error *err)
{
	return pool_need_all(arg, d, err);
}

int images_take(
	struct images *i, size_t at, const json_t *wanted, struct container *ret, struct error *err)
{
	const json_t *item = json_array_get(i->list, at);
	const json_t *docker = json_object_get(item, "docker");
	const struct container_source source = { i->pool.store, wanted, manifest_fetch, &i->pool };
	auto_json json_t *made = NULL;
	struct oci_descriptor root;
	int r = docker ? docker_archive_convert(&i->pool, docker, i->packed, &made, err) : 0;

	if (r == 0)
		r = oci_descriptor_parse(
			docker ? made : json_object_get(item, "descriptor"), &root, err);
	if (r == 0)
		r = pool_need(&i->pool, &root, err);
	return r < 0 ? r : container_take(&source, &root, ret, err);
}
