// SPDX-License-Identifier: Apache-2.0
/* Containers and archives of a recipe, and the entries that they and all else get. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/create_image.h"
#include "bundles/images.h"
#include "bundles/pull.h"
#include "bundles/reference.h"

void create_say(const struct create_job *job, const char *name, const char *what)
{
	char text[REFERENCE_MAX + 80];

	if (!job->step)
		return;
	(void)snprintf(text, sizeof(text), "%s: %s", name, what);
	job->step(text, job->arg);
}

/* An entry of that name which is there already; 1: the same, so nothing is to be done. */
static int entry_known(const struct create_job *job, const char *name,
	const struct digest *manifest, struct error *err)
{
	char text[DIGEST_TEXT_MAX];
	const json_t *entry;
	size_t i;

	json_array_foreach (job->entries, i, entry) {
		if (strcmp(oci_annotation(entry, OCI_NOTE_NAME), name) != 0)
			continue;
		if (strcmp(json_str(entry, "digest", ""), digest_format(manifest, text)) == 0)
			return 1;
		return fail_code(
			err, EINVAL, "SW-6001", "two different things are named '%s'", name);
	}
	return 0;
}

int create_entry(struct create_job *job, const char *name, const char *kind, const char *type,
	const struct digest *manifest, uint64_t size, json_t *notes, struct error *err)
{
	json_t *entry = oci_descriptor_json(type, manifest, size);
	bool done = json_object_set_new(notes, OCI_NOTE_NAME, json_string(name)) == 0 &&
		    json_object_set_new(notes, OCI_NOTE_KIND, json_string(kind)) == 0 &&
		    json_object_set(entry, "annotations", notes) == 0;
	int known = entry_known(job, name, manifest, err);

	json_decref(notes);
	if (!done || known != 0) {
		json_decref(entry);
		return done ? (known < 0 ? known : 0) : fail_memory(err);
	}
	return json_array_append_new(job->entries, entry) < 0 ? fail_memory(err) : 0;
}

/* Takes an image from an archive or a layout: TRANSPORT:PATH[:NAME]. */
static int archived_take(struct create_job *job, const char *source, const json_t *wanted,
	struct container *ret, struct error *err)
{
	auto_images images = { .pool = { .dir_fd = -1 } };
	auto_free char *given = strdup(strchr(source, ':') + 1);
	auto_free char *path = NULL;
	size_t at = 0;
	char *name;
	int r;

	if (!given)
		return fail_memory(err);
	name = given + strcspn(given, ":");
	if (*name)
		*name++ = '\0';
	path = recipe_path(job->recipe, given);
	r = path ? images_open(&images, job->store, path, err) : fail_memory(err);
	if (r == 0)
		r = images_find(&images, name, &at, err);
	return r < 0 ? r : images_take(&images, at, wanted, ret, err);
}

int create_copy(struct create_job *job, const char *source, const char *name, const json_t *wanted,
	struct container *ret, struct error *err)
{
	char work[4096];
	int r;

	create_say(job, name, "copying");
	(void)snprintf(work, sizeof(work), "%s/image", job->work);
	if (strncmp(source, PULL_TRANSPORT, strlen(PULL_TRANSPORT)) == 0)
		return pull_image(job->store, source, wanted, work, ret, err);
	r = archived_take(job, source, wanted, ret, err);
	return r < 0 ? fail_in(err, "the image of '%s'", source) : 0;
}

int create_container(struct create_job *job, const json_t *container, struct error *err)
{
	char name[REFERENCE_MAX];
	struct container c;
	int r = reference_normalize(json_str(container, "name", ""), name, err);

	if (r == 0)
		r = create_copy(job, json_str(container, "from", ""), name,
			recipe_arch(job->recipe, container), &c, err);
	if (r < 0)
		return r;
	return create_entry(
		job, name, "container", c.media_type, &c.manifest, c.size, json_object(), err);
}

/* One image of an archive under the name that it has there; what is no image is a file's kin. */
static int archive_item_add(struct create_job *job, struct images *images, size_t at,
	const json_t *archive, struct error *err)
{
	const char *name = images_name(images, at);
	struct container c;
	int r;

	create_say(job, *name ? name : "an image without a name", "copying");
	if (!entry_name_valid(name))
		return fail_code(err, EINVAL, "SW-6007",
			"image %zu in it has no usable name ('%.80s'): give it one under 'containers'",
			at, name);
	r = images_take(images, at, recipe_arch(job->recipe, archive), &c, err);
	if (r < 0)
		return fail_in(err, "'%s'", name);
	return create_entry(job, name, c.image ? "container" : "file", c.media_type, &c.manifest,
		c.size, json_object(), err);
}

int create_archive(struct create_job *job, const json_t *archive, struct error *err)
{
	auto_free char *path = recipe_path(job->recipe, json_str(archive, "source", ""));
	auto_images images = { .pool = { .dir_fd = -1 } };
	int r;

	create_say(job, json_str(archive, "source", ""), "reading");
	r = path ? images_open(&images, job->store, path, err) : fail_memory(err);
	for (size_t i = 0; r == 0 && i < images_count(&images); i++)
		r = archive_item_add(job, &images, i, archive, err);
	return r;
}
