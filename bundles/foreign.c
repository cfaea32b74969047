// SPDX-License-Identifier: Apache-2.0
/* What is no bundle, on its way into the store. */
#include "bundles/foreign.h"

#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/create_image.h"
#include "bundles/images.h"
#include "bundles/reference.h"
#include "bundles/store_census.h"
#include "bundles/store_gc.h"

/* The name of an image of an archive: the one that was given, or its own. */
static int image_name(
	const struct foreign_options *o, const char *own, char *out, struct error *err)
{
	if (o->name && !o->os)
		return reference_normalize(o->name, out, err);
	if (!entry_name_valid(o->name ? o->name : own)) {
		(void)fail_code(err, EINVAL, "SW-2037",
			"an image in '%s' has no usable name (it is '%.80s')", o->path, own);
		return fail_hint(err, "Where it is the only one, --name gives it a name.");
	}
	(void)snprintf(out, REFERENCE_MAX, "%s", o->name ? o->name : own);
	return 0;
}

static int image_add(struct create_job *job, const struct foreign_options *o, struct images *images,
	size_t at, struct error *err)
{
	char name[REFERENCE_MAX];
	auto_json json_t *item = NULL;
	struct container c;
	int r = image_name(o, images_name(images, at), name, err);

	if (r < 0)
		return r;
	create_say(job, name, "copying");
	if (images_take(images, at, o->arch, &c, err) < 0)
		return fail_in(err, "'%s'", name);
	if (!o->os)
		return create_entry(job, name, c.image ? "container" : "file", c.media_type,
			&c.manifest, c.size, json_object(), err);
	item = json_pack("{s:s}", "name", name);
	r = item ? create_os_container(job, item, &c, err) : fail_memory(err);
	return r < 0 ? fail_in(err, "'%s'", name) : 0;
}

static int images_add(struct create_job *job, const struct foreign_options *o, struct error *err)
{
	auto_images images = { .pool = { .dir_fd = -1 } };
	int r;

	create_say(job, o->path, "reading");
	r = images_open(&images, o->store, o->path, err);
	if (r < 0)
		return r;
	if (images_count(&images) == 0)
		return fail_code(err, EBADMSG, "SW-2037", "'%s' holds no image", o->path);
	if (o->name && images_count(&images) > 1) {
		(void)fail_code(err, EINVAL, "SW-2037",
			"--name is for one image, and '%s' holds %zu", o->path,
			images_count(&images));
		return fail_hint(err, "Leave --name out: each has the name that stands there.");
	}
	for (size_t i = 0; r == 0 && i < images_count(&images); i++)
		r = image_add(job, o, &images, i, err);
	return r;
}

/* An OS image from a file that has no name in it. `key` is what a recipe calls such a file. */
static int os_add(
	struct create_job *job, const struct foreign_options *o, const char *key, struct error *err)
{
	auto_json json_t *item = NULL;

	if (!o->name || !entry_name_valid(o->name)) {
		(void)fail_code(err, EINVAL, "SW-2037",
			"'%s' has no name in it that an OS image could have", o->path);
		return fail_hint(err, "Give it one: --name os/NAME");
	}
	item = json_pack("{s:s, s:s}", "name", o->name, key, o->path);
	return item ? create_image(job, item, err) : fail_memory(err);
}

/* What is there already as it is needs no change; what was signed is not replaced by what was not.
 */
static int names_check(struct store *s, json_t *entries, struct error *err)
{
	for (size_t i = json_array_size(entries); i-- > 0;) {
		const json_t *entry = json_array_get(entries, i);
		const char *name = oci_annotation(entry, OCI_NOTE_NAME);
		const struct store_entry *have = store_find(s, name);
		char text[DIGEST_TEXT_MAX];

		if (!have || !have->bundle[0])
			continue;
		if (strcmp(digest_format(&have->descriptor.digest, text),
			    json_str(entry, "digest", "")) == 0) {
			(void)json_array_remove(entries, i); /* it is there */
			continue;
		}
		(void)fail_code(err, EPERM, "SW-2038",
			"the signed bundle '%s' brought another '%s'; nothing was changed",
			have->bundle, name);
		return fail_hint(
			err, "Give it another name (--name), or first: slipway store rm %s", name);
	}
	return 0;
}

/* Readers of archives say EINVAL, ENOENT and EIO of what they read; for who imports, it is bad. */
static int content_judge(struct error *err)
{
	static const int numbers[] = { EINVAL, ENOENT, EIO, E2BIG, ELOOP, EFBIG };
	bool of_content = !err->code[0] || strncmp(err->code, "SW-6", 4) == 0;

	for (size_t i = 0; of_content && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (err->number == -numbers[i])
			err->number = -EBADMSG;
	return err->hint[0] ? err->number : fail_hint(err, "Nothing was changed in the store.");
}

static int kind_add(struct create_job *job, const struct foreign_options *o, struct error *err)
{
	enum foreign_kind kind;
	int r = foreign_kind_find(o->path, &kind, err);

	if (r < 0)
		return r;
	switch (kind) {
	case FOREIGN_IMAGES:
		r = images_add(job, o, err);
		break;
	case FOREIGN_ROOTFS:
		r = os_add(job, o, "rootfs_tar", err);
		break;
	case FOREIGN_DISK:
		r = os_add(job, o, "disk", err);
		break;
	}
	return r < 0 ? content_judge(err) : 0;
}

/* Removes what was written in between and is needed by nothing. Where it cannot, gc will. */
static void blobs_sweep(struct store *s, const struct store_census *before)
{
	const struct store_gc_options options = { .keep_held = true, .keep = before };
	struct store_gc removed;
	struct error ignored = { 0 };

	(void)store_gc(s, &options, &removed, &ignored);
}

int foreign_take(const struct foreign_options *o, json_t **ret, struct error *err)
{
	auto_census before = { 0 };
	auto_json json_t *entries = json_array();
	auto_json json_t *nothing = json_object();
	const struct recipe recipe = { .dir = (char *)".", .json = nothing };
	struct create_job job = { .recipe = &recipe,
		.store = o->store,
		.entries = entries,
		.step = o->step,
		.arg = o->arg };
	struct stat st;
	int r = entries && nothing ? store_census_take(o->store, &before, err) : fail_memory(err);

	if (r == 0 && stat(o->path, &st) < 0)
		r = fail(err, errno, "'%s'", o->path);
	if (r < 0)
		return r;
	job.newest = st.st_mtim.tv_sec;
	r = kind_add(&job, o, err);
	if (r == 0)
		r = names_check(o->store, entries, err);
	if (r == 0 && json_array_size(entries) > 0)
		r = store_update_index(o->store, entries, NULL, NULL, err);
	blobs_sweep(o->store, &before);
	if (r == 0)
		*ret = take_ptr(&entries);
	return r;
}
