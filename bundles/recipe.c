// SPDX-License-Identifier: Apache-2.0
/*
 * A recipe has the keys name, version, arch, images, containers, archives, files,
 * manifests and image_lists. docs/recipe.md tells them with examples.
 *
 *	arch: [amd64, ...]        architectures of containers; one of them may have its own

 *	images:                   OS images; each has name, kind (rootfs, disk) and one source:
 *	    debian: {suite, packages, components, mirror}   made by mmdebstrap
 *	    rootfs_tar: PATH      a root file system in a tar archive
 *	    container: SOURCE     any container image, see below
 *	    disk: PATH            a disk image, raw or qcow2 (kind disk)
 *	  to the first two may be added
 *	    files: [{path, source or content, mode}]
 *	    units: {enable: [...], mask: [...]}   of systemd
 *	  and to all
 *	    kernel_args: [...]    for its boot loader
 *	    min_disk: SIZE        the smallest disk it may be installed on
 *	containers: [{name, from: SOURCE, arch}]
 *	archives: [{source, arch}]   every image in an archive or layout, under its own name
 *	files: [{name, source}]
 *	manifests, image_lists: [{source, from: registry, ignore}]   every image that they name must
 *	                          be in the bundle; see demand.h
 *
 * SOURCE is docker://REFERENCE, or docker-archive:, oci-archive: or oci: with PATH[:NAME]. Relative
 * paths start at the recipe's folder.
 */
#include "bundles/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "bundles/platform.h"
#include "bundles/recipe_check.h"

static const struct json_field recipe_fields[] = {
	{ "name", JSON_KIND_STRING, true, STATEMENT_NAME_MAX - 1 },
	{ "version", JSON_KIND_INTEGER, true, 0 },
	{ "arch", JSON_KIND_STRINGS, false, PLATFORMS_MAX },
	{ "images", JSON_KIND_ARRAY, false, 0 },
	{ "containers", JSON_KIND_ARRAY, false, 0 },
	{ "archives", JSON_KIND_ARRAY, false, 0 },
	{ "files", JSON_KIND_ARRAY, false, 0 },
	{ "manifests", JSON_KIND_ARRAY, false, 0 },
	{ "image_lists", JSON_KIND_ARRAY, false, 0 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static int head_check(struct recipe *r, const char *path, struct error *err)
{
	const char *name = json_str(r->json, "name", "");

	if (!statement_name_valid(name))
		return fail_code(err, EINVAL, NULL,
			"%s: 'name' must be lower-case letters, digits, '.', '_' and '-'", path);
	if (json_int(r->json, "version", 0) < 1)
		return fail_code(err, EINVAL, NULL, "%s: 'version' must be 1 or more", path);
	memcpy(r->name, name, strlen(name) + 1);
	r->version = (uint64_t)json_int(r->json, "version", 0);
	return platform_words_check(json_object_get(r->json, "arch"), path, err);
}

static int recipe_read(struct recipe *r, const char *path, struct error *err)
{
	int e = yaml_read_file(path, &r->json, err);

	if (e == 0)
		e = json_fields(r->json, path, recipe_fields, err);
	if (e == 0)
		e = head_check(r, path, err);
	return e < 0 ? e : recipe_check(r, err);
}

/* The folder of a path. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

int recipe_load(const char *path, struct recipe *ret, struct error *err)
{
	struct recipe r = { .dir = folder_of(path) };
	int e = r.dir ? recipe_read(&r, path, err) : fail_memory(err);

	if (e < 0) {
		recipe_done(&r);
		if (e == -EINVAL && !err->code[0])
			(void)snprintf(err->code, sizeof(err->code), "SW-6001");
		return e;
	}
	*ret = r;
	return 0;
}

void recipe_done(struct recipe *r)
{
	free(r->dir);
	json_decref(r->json);
	*r = (struct recipe){ 0 };
}

char *recipe_path(const struct recipe *r, const char *path)
{
	char *full = NULL;

	if (*path == '/')
		return strdup(path);
	return asprintf(&full, "%s/%s", r->dir, path) < 0 ? NULL : full;
}

const json_t *recipe_arch(const struct recipe *r, const json_t *item)
{
	const json_t *own = json_object_get(item, "arch");

	return own ? own : json_object_get(r->json, "arch");
}

int recipe_mode(const json_t *file, uint32_t *ret, struct error *err)
{
	const char *text = json_str(file, "mode", "0644");
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (*text < '0' || *text > '7' || *end || mode > 07777)
		return fail_code(
			err, EINVAL, NULL, "mode '%.20s' is not octal, as in \"0644\"", text);
	*ret = (uint32_t)mode;
	return 0;
}

int recipe_min_disk(const json_t *image, uint64_t *ret, struct error *err)
{
	const char *text = json_str(image, "min_disk", NULL);

	*ret = 0;
	return text ? size_parse(text, ret, err) : 0;
}
