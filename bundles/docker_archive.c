// SPDX-License-Identifier: Apache-2.0
/* Images of a docker-archive as OCI images. */
#include "bundles/docker_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/blob_put.h"
#include "bundles/rootfs_archive.h"

#define COPY_SIZE  (1u << 20)
#define GZIP_LEVEL "6"

static const struct json_field item_fields[] = {
	{ "Config", JSON_KIND_STRING, true, 1024 },
	{ "Layers", JSON_KIND_STRINGS, true, OCI_ITEMS_MAX },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

/* What writers add to an item ("Parent", "LayerSources") says nothing that is needed here. */
static int item_check(const json_t *item, struct error *err)
{
	auto_json json_t *known = json_object();
	const json_t *tags = json_object_get(item, "RepoTags");
	const json_t *tag;
	size_t i;

	if (!json_is_object(item))
		return fail_code(err, EINVAL, NULL, "an item of it is no object");
	for (size_t f = 0; item_fields[f].key; f++) {
		json_t *value = json_object_get(item, item_fields[f].key);

		if (value && json_object_set(known, item_fields[f].key, value) < 0)
			return fail_memory(err);
	}
	json_array_foreach (tags, i, tag)
		if (!json_is_string(tag))
			return fail_code(err, EINVAL, NULL, "'RepoTags' is no list of strings");
	return json_fields(known, "an item of it", item_fields, err);
}

int docker_archive_parse(const void *p, size_t n, json_t **ret, struct error *err)
{
	auto_json json_t *list = NULL;
	const json_t *item;
	size_t i;
	int r = json_read(p, n, &list, err);

	if (r == 0 && !json_is_array(list))
		r = fail_code(err, EINVAL, NULL, "it is no list");
	if (r == 0 && json_array_size(list) > OCI_ITEMS_MAX)
		r = fail_code(err, E2BIG, NULL, "it lists more than %d images", OCI_ITEMS_MAX);
	json_array_foreach (list, i, item)
		if (r == 0)
			r = item_check(item, err);
	if (r < 0)
		return fail_in(err, DOCKER_ARCHIVE_LIST);
	*ret = take_ptr(&list);
	return 0;
}

struct packing {
	struct store_writer writer;
	struct error *err;
};

static la_ssize_t packed_bytes(struct archive *a, void *arg, const void *p, size_t n)
{
	struct packing *job = arg;
	int r = store_writer_add(&job->writer, p, n, job->err);

	if (r == 0)
		return (la_ssize_t)n;
	archive_set_error(a, -r, "%s", job->err->text);
	return -1;
}

static int gzip_open(struct archive *a, struct packing *job, struct archive_entry **ret)
{
	*ret = archive_entry_new();
	if (!*ret)
		return fail_memory(job->err);
	archive_entry_set_filetype(*ret, AE_IFREG);
	if (archive_write_set_format_raw(a) != ARCHIVE_OK ||
		archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
		archive_write_set_filter_option(a, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
		archive_write_set_filter_option(a, "gzip", "compression-level", GZIP_LEVEL) !=
			ARCHIVE_OK ||
		archive_write_open(a, job, NULL, packed_bytes, NULL) != ARCHIVE_OK ||
		archive_write_header(a, *ret) != ARCHIVE_OK)
		return rootfs_archive_fail(a, job->err);
	return 0;
}

static int gzip_pump(struct archive *a, int fd, struct error *err)
{
	auto_free char *chunk = malloc(COPY_SIZE);
	size_t n = 1;
	int r = chunk ? 0 : fail_memory(err);

	while (r == 0 && n > 0) {
		r = read_full(fd, chunk, COPY_SIZE, &n, err);
		if (r == 0 && n > 0 && archive_write_data(a, chunk, n) != (la_ssize_t)n)
			r = rootfs_archive_fail(a, err);
	}
	return r;
}

/* Packs a blob into another. */
static int layer_pack(
	struct store *s, int fd, struct digest *ret, uint64_t *ret_size, struct error *err)
{
	struct packing job = { .err = err };
	struct archive *a = archive_write_new();
	struct archive_entry *e = NULL;
	int r = a ? store_writer_start(&job.writer, s, 0, err) : fail_memory(err);

	if (r == 0)
		r = gzip_open(a, &job, &e);
	if (r == 0)
		r = gzip_pump(a, fd, err);
	if (r == 0 && archive_write_close(a) != ARCHIVE_OK)
		r = rootfs_archive_fail(a, err);
	*ret_size = job.writer.written;
	if (r == 0)
		r = store_writer_commit(&job.writer, NULL, ret, err);
	archive_entry_free(e);
	(void)archive_write_free(a); /* closed above, or given up */
	store_writer_abort(&job.writer);
	return r;
}

/* The media type of a layer by its first bytes; NULL: a plain tar. */
static const char *packed_type(int fd)
{
	uint8_t head[4] = { 0 };

	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return NULL;
	if (head[0] == 0x1f && head[1] == 0x8b)
		return OCI_TYPE_LAYER_GZIP;
	return memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0 ? OCI_TYPE_LAYER_ZSTD : NULL;
}

/* The digest of what is in a packed layer. */
static int unpacked_digest(int fd, struct digest *ret, struct error *err)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	auto_digest hash = { 0 };
	auto_free char *chunk = malloc(COPY_SIZE);
	la_ssize_t n = 1;
	int r = a && chunk ? digest_start(&hash, err) : fail_memory(err);

	if (r == 0 && (archive_read_support_format_raw(a) != ARCHIVE_OK ||
			      archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
			      archive_read_support_filter_zstd(a) != ARCHIVE_OK ||
			      archive_read_open_fd(a, fd, COPY_SIZE) != ARCHIVE_OK ||
			      archive_read_next_header(a, &e) != ARCHIVE_OK))
		r = rootfs_archive_fail(a, err);
	while (r == 0 && n > 0) {
		n = archive_read_data(a, chunk, COPY_SIZE);
		r = n < 0 ? rootfs_archive_fail(a, err)
			  : digest_update(&hash, chunk, (size_t)n, err);
	}
	if (r == 0)
		r = digest_end(&hash, ret, err);
	(void)archive_read_free(a); /* it was only read */
	return r;
}

/* *ret is {descriptor, diff_id}. */
static int layer_make(struct pool *p, const struct digest *given, json_t **ret, struct error *err)
{
	auto_close int fd = -1;
	struct digest digest = *given;
	struct digest diff_id = *given;
	char text[DIGEST_TEXT_MAX];
	uint64_t size;
	const char *type;
	int r = store_open_blob(p->store, given, &fd, &size, err);

	if (r < 0)
		return r;
	type = packed_type(fd);
	r = type ? unpacked_digest(fd, &diff_id, err)
		 : layer_pack(p->store, fd, &digest, &size, err);
	if (r < 0)
		return r;
	*ret = json_pack("{s:o, s:s}", "descriptor",
		oci_descriptor_json(type ? type : OCI_TYPE_LAYER_GZIP, &digest, size), "diff_id",
		digest_format(&diff_id, text));
	return *ret ? 0 : fail_memory(err);
}

/* Adds a layer that must be what the image's configuration says of it. */
static int layer_add(struct pool *p, const char *name, const char *diff_id, json_t *packed,
	json_t *layers, struct error *err)
{
	struct digest given;
	char text[DIGEST_TEXT_MAX];
	uint64_t size;
	json_t *layer = NULL;
	int r = pool_find(p, name, &given, &size, err);

	if (r < 0)
		return r;
	(void)digest_format(&given, text);
	if (!json_object_get(packed, text)) {
		r = layer_make(p, &given, &layer, err);
		if (r == 0 && json_object_set_new(packed, text, layer) < 0)
			r = fail_memory(err);
	}
	if (r < 0)
		return fail_in(err, "layer '%.200s'", name);
	layer = json_object_get(packed, text);
	if (!diff_id || strcmp(json_str(layer, "diff_id", ""), diff_id) != 0)
		return fail_code(err, EBADMSG, "SW-6007",
			"layer '%.200s' is not what its image's configuration says: its bytes give %s",
			name, json_str(layer, "diff_id", ""));
	return json_array_append(layers, json_object_get(layer, "descriptor")) < 0
		       ? fail_memory(err)
		       : 0;
}

/* Adds the layers of an image, each compared with the digest that the configuration gives for what
 * is in it (image-spec, config.md, "rootfs"). */
static int layers_add(
	struct pool *p, const json_t *item, json_t *packed, json_t *layers, struct error *err)
{
	const char *config = json_str(item, "Config", "");
	const json_t *names = json_object_get(item, "Layers");
	auto_buf text = { .max = OCI_DOCUMENT_MAX };
	auto_json json_t *json = NULL;
	const json_t *diff_ids;
	const json_t *name;
	size_t i;
	int r = pool_read(p, config, OCI_DOCUMENT_MAX, &text, err);

	if (r == 0)
		r = json_read(buf_str(&text), text.len, &json, err);
	if (r < 0)
		return fail_in(err, "the configuration '%.200s'", config);
	diff_ids = json_object_get(json_object_get(json, "rootfs"), "diff_ids");
	if (json_array_size(diff_ids) != json_array_size(names))
		return fail_code(err, EBADMSG, "SW-6007",
			"the configuration '%.200s' is of %zu layers, and the image has %zu",
			config, json_array_size(diff_ids), json_array_size(names));
	json_array_foreach (names, i, name)
		if (r == 0)
			r = layer_add(p, json_string_value(name),
				json_string_value(json_array_get(diff_ids, i)), packed, layers,
				err);
	return r;
}

int docker_archive_convert(
	struct pool *p, const json_t *item, json_t *packed, json_t **ret, struct error *err)
{
	auto_json json_t *doc = NULL;
	auto_json json_t *layers = json_array();
	struct digest digest;
	uint64_t size;
	int r = pool_find(p, json_str(item, "Config", ""), &digest, &size, err);

	if (r == 0)
		doc = json_pack("{s:i, s:s, s:o?, s:O}", "schemaVersion", 2, "mediaType",
			OCI_TYPE_MANIFEST, "config",
			oci_descriptor_json(OCI_TYPE_CONFIG, &digest, size), "layers", layers);
	if (r == 0)
		r = layers_add(p, item, packed, layers, err);
	if (r == 0)
		r = blob_put_json(p->store, doc, &digest, &size, err);
	if (r < 0)
		return r;
	*ret = oci_descriptor_json(OCI_TYPE_MANIFEST, &digest, size);
	return *ret ? 0 : fail_memory(err);
}
