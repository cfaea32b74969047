// SPDX-License-Identifier: Apache-2.0
/* OS images and files of a recipe, each as an OCI image with its entry. */
#include "bundles/create_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/blob_put.h"
#include "bundles/debian.h"
#include "bundles/overlay.h"
#include "bundles/rootfs_layer.h"
#include "bundles/tree.h"

#define ARCHITECTURE PLATFORM_OURS

json_t *create_notes(const json_t *image, const char *architecture, struct error *err)
{
	auto_json json_t *notes = json_object();
	const json_t *args = json_object_get(image, "kernel_args");
	auto_free char *args_text = NULL;
	uint64_t min_disk;

	if (recipe_min_disk(image, &min_disk, err) < 0)
		return NULL;
	if (args && json_write(args, &args_text, err) < 0)
		return NULL;
	if ((args &&
		    json_object_set_new(notes, OCI_NOTE_KERNEL_ARGS, json_string(args_text)) < 0) ||
		(min_disk > 0 && json_object_set_new(notes, OCI_NOTE_MIN_DISK,
					 json_sprintf("%llu", (unsigned long long)min_disk)) < 0) ||
		json_object_set_new(notes, OCI_NOTE_ARCHITECTURE, json_string(architecture)) < 0) {
		(void)fail_memory(err);
		return NULL;
	}
	return take_ptr(&notes);
}

static int layer_entry(struct create_job *job, const json_t *image,
	const struct rootfs_layer *layer, const struct tree *tree, struct error *err)
{
	struct oci_descriptor subject = { .media_type = OCI_TYPE_MANIFEST };
	const char *name = json_str(image, "name", "");
	char diff_id[DIGEST_TEXT_MAX];
	struct digest config;
	uint64_t config_size;
	auto_json json_t *config_json = json_pack("{s:s, s:s, s:{s:s, s:[s]}}", "architecture",
		ARCHITECTURE, "os", "linux", "rootfs", "type", "layers", "diff_ids",
		digest_format(&layer->diff_id, diff_id));
	auto_json json_t *doc = NULL;
	json_t *notes;
	int r = blob_put_json(job->store, config_json, &config, &config_size, err);

	if (r < 0)
		return r;
	doc = json_pack("{s:i, s:s, s:o, s:[o]}", "schemaVersion", 2, "mediaType",
		OCI_TYPE_MANIFEST, "config",
		oci_descriptor_json(OCI_TYPE_CONFIG, &config, config_size), "layers",
		oci_descriptor_json(OCI_TYPE_LAYER_ZSTD, &layer->digest, layer->size));
	r = blob_put_json(job->store, doc, &subject.digest, &subject.size, err);
	notes = r == 0 ? create_notes(image, ARCHITECTURE, err) : NULL;
	if (!notes)
		return err->number;
	r = create_entry(
		job, name, "rootfs", OCI_TYPE_MANIFEST, &subject.digest, subject.size, notes, err);
	return r < 0 ? r : create_sbom(job, name, &subject, tree, err);
}

/* Rewrites a root file system's archive as an image. */
static int rootfs_add(
	struct create_job *job, const json_t *image, const char *tar, struct error *err)
{
	auto_tree tree = { 0 };
	auto_overlay overlay = { 0 };
	struct rootfs_layer layer;
	int r;

	create_say(job, json_str(image, "name", ""), "packing its file system");
	r = tree_scan(tar, &tree, err);
	if (r == 0)
		r = overlay_make(job->recipe, image, &tree, &overlay, err);
	if (r == 0)
		r = rootfs_layer_write(job->store, tar, &tree, &overlay, job->newest, &layer, err);
	return r < 0 ? r : layer_entry(job, image, &layer, &tree, err);
}

static int debian_add(struct create_job *job, const json_t *image, struct error *err)
{
	const json_t *debian = json_object_get(image, "debian");
	char tar[4096];
	int r;

	create_say(job, json_str(image, "name", ""),
		"making a Debian tree (mmdebstrap, some minutes)");
	(void)snprintf(tar, sizeof(tar), "%s/rootfs.tar", job->work);
	r = debian_make(debian, tar, job->newest, err);
	if (r == 0)
		r = rootfs_add(job, image, tar, err);
	(void)unlink(tar); /* the folder is removed at the end in any case */
	return r;
}

int create_os_container(
	struct create_job *job, const json_t *image, const struct container *c, struct error *err)
{
	const char *name = json_str(image, "name", "");
	struct oci_descriptor subject = { .digest = c->manifest, .size = c->size };
	json_t *notes;
	int r;

	if (strcmp(c->architecture, ARCHITECTURE) != 0)
		return fail_code(err, EINVAL, "SW-6005",
			"its architecture is '%s', not " ARCHITECTURE, c->architecture);
	notes = create_notes(image, c->architecture, err);
	if (!notes)
		return err->number;
	memcpy(subject.media_type, c->media_type, sizeof(subject.media_type));
	r = create_entry(job, name, "rootfs", c->media_type, &c->manifest, c->size, notes, err);
	return r < 0 ? r : create_layers_sbom(job, name, &subject, err);
}

static int container_add(struct create_job *job, const json_t *image, struct error *err)
{
	struct container c;
	int r = create_copy(
		job, json_str(image, "container", ""), json_str(image, "name", ""), NULL, &c, err);

	return r < 0 ? r : create_os_container(job, image, &c, err);
}

int create_image(struct create_job *job, const json_t *image, struct error *err)
{
	const char *tar = json_str(image, "rootfs_tar", NULL);
	auto_free char *path = NULL;

	if (json_object_get(image, "debian"))
		return debian_add(job, image, err);
	if (json_object_get(image, "disk"))
		return create_disk(job, image, err);
	if (!tar)
		return container_add(job, image, err);
	path = recipe_path(job->recipe, tar);
	return path ? rootfs_add(job, image, path, err) : fail_memory(err);
}

/* A plain file is an OCI artifact: an empty configuration, one layer with the file's name as title.
 */
int create_file(struct create_job *job, const json_t *file, struct error *err)
{
	const char *name = json_str(file, "name", "");
	const char *title = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	auto_free char *path = recipe_path(job->recipe, json_str(file, "source", ""));
	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	auto_json json_t *doc = NULL;
	struct digest empty;
	struct digest content;
	struct digest manifest;
	uint64_t content_size = 0;
	uint64_t size;
	json_t *layer;
	int r = path ? store_put(job->store, "{}", 2, &empty, err) : fail_memory(err);

	if (r == 0)
		r = fd < 0 ? fail(err, errno, "opening '%s'", path)
			   : blob_put_fd(job->store, fd, NULL, &content, &content_size, err);
	if (r < 0)
		return r;
	layer = oci_descriptor_json("application/octet-stream", &content, content_size);
	if (json_object_set_new(layer, "annotations", json_pack("{s:s}", OCI_NOTE_TITLE, title)) <
		0)
		return fail_memory(err);
	doc = json_pack("{s:i, s:s, s:s, s:o, s:[o]}", "schemaVersion", 2, "mediaType",
		OCI_TYPE_MANIFEST, "artifactType", OCI_TYPE_FILE, "config",
		oci_descriptor_json(OCI_TYPE_EMPTY, &empty, 2), "layers", layer);
	r = blob_put_json(job->store, doc, &manifest, &size, err);
	if (r < 0)
		return r;
	return create_entry(
		job, name, "file", OCI_TYPE_MANIFEST, &manifest, size, json_object(), err);
}
