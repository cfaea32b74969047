// SPDX-License-Identifier: Apache-2.0
/* Checks of a recipe's OS images. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/recipe_check.h"
#include "bundles/reference.h"

static const struct json_field image_fields[] = {
	{ "name", JSON_KIND_STRING, true, REFERENCE_MAX - 1 },
	{ "kind", JSON_KIND_STRING, false, 16 },
	{ "debian", JSON_KIND_OBJECT, false, 0 },
	{ "rootfs_tar", JSON_KIND_STRING, false, 0 },
	{ "container", JSON_KIND_STRING, false, 0 },
	{ "disk", JSON_KIND_STRING, false, 0 },
	{ "files", JSON_KIND_ARRAY, false, 0 },
	{ "units", JSON_KIND_OBJECT, false, 0 },
	{ "kernel_args", JSON_KIND_STRINGS, false, 64 },
	{ "min_disk", JSON_KIND_STRING, false, 32 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static const struct json_field debian_fields[] = {
	{ "suite", JSON_KIND_STRING, true, 64 },
	{ "packages", JSON_KIND_STRINGS, false, 0 },
	{ "components", JSON_KIND_STRINGS, false, 16 },
	{ "mirror", JSON_KIND_STRING, false, 1024 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static const struct json_field file_fields[] = {
	{ "path", JSON_KIND_STRING, true, 1024 },
	{ "source", JSON_KIND_STRING, false, 0 },
	{ "content", JSON_KIND_STRING, false, 1 << 20 },
	{ "mode", JSON_KIND_STRING, false, 8 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static const struct json_field unit_fields[] = {
	{ "enable", JSON_KIND_STRINGS, false, 0 },
	{ "mask", JSON_KIND_STRINGS, false, 0 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static bool all_of(const char *text, const char *allowed)
{
	return *text && strspn(text, allowed) == strlen(text);
}

/* Names that become arguments of mmdebstrap: none can be an option or end a list. */
static int words_check(const json_t *list, const char *what, const char *allowed, struct error *err)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		const char *word = json_string_value(item);

		if (!all_of(word, allowed) || *word == '-')
			return fail_code(
				err, EINVAL, NULL, "%s: '%.80s' is no valid name", what, word);
	}
	return 0;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int debian_check(const json_t *debian, const char *what, struct error *err)
{
	int e = json_fields(debian, what, debian_fields, err);
	const char *mirror = json_str(debian, "mirror", NULL);
	const char *suite = json_str(debian, "suite", "");

	if (e < 0)
		return e;
	if (!all_of(suite, LOWER "-./") || *suite == '-')
		return fail_code(err, EINVAL, NULL, "%s: '%.60s' is no suite", what, suite);
	if (mirror && strncmp(mirror, "http://", 7) != 0 && strncmp(mirror, "https://", 8) != 0 &&
		strncmp(mirror, "file:/", 6) != 0 && strncmp(mirror, "copy:/", 6) != 0)
		return fail_code(err, EINVAL, NULL,
			"%s: mirror '%.80s' is no http, https or file URL", what, mirror);
	e = words_check(json_object_get(debian, "packages"), what, LOWER "+-.:=~" UPPER, err);
	return e < 0 ? e
		     : words_check(json_object_get(debian, "components"), what, LOWER "-/", err);
}

/* An absolute path without empty, "." or ".." components. */
static bool target_valid(const char *p)
{
	if (*p != '/')
		return false;
	while (*p == '/') {
		size_t n = strcspn(++p, "/");

		if (n == 0 || n > 255 || (n == 1 && *p == '.') ||
			(n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
	}
	return true;
}

static int file_check(
	const struct recipe *r, const json_t *file, const char *what, struct error *err)
{
	int e = json_fields(file, what, file_fields, err);
	const char *source = json_str(file, "source", NULL);
	const char *content = json_str(file, "content", NULL);
	uint32_t mode;

	if (e < 0)
		return e;
	if (!target_valid(json_str(file, "path", "")))
		return fail_code(err, EINVAL, NULL, "%s: '%.80s' is no absolute path", what,
			json_str(file, "path", ""));
	if (!source == !content)
		return fail_code(err, EINVAL, NULL, "%s: give either 'source' or 'content'", what);
	e = recipe_mode(file, &mode, err);
	if (e < 0)
		return fail_in(err, "%s", what);
	return source ? recipe_check_file(r, what, source, err) : 0;
}

static int files_check(
	const struct recipe *r, const json_t *files, const char *what, struct error *err)
{
	const json_t *file;
	size_t i;

	json_array_foreach (files, i, file) {
		char place[96];
		int e;

		(void)snprintf(place, sizeof(place), "%s.files[%zu]", what, i);
		e = file_check(r, file, place, err);
		if (e < 0)
			return e;
	}
	return 0;
}

static int units_check(const json_t *units, const char *what, struct error *err)
{
	static const char allowed[] = LOWER UPPER "@:._\\-";
	int e = units ? json_fields(units, what, unit_fields, err) : 0;

	if (e == 0)
		e = words_check(json_object_get(units, "enable"), what, allowed, err);
	return e < 0 ? e : words_check(json_object_get(units, "mask"), what, allowed, err);
}

/* Kernel arguments go onto one line in quotes of the boot loader's configuration. */
static int kernel_args_check(const json_t *args, const char *what, struct error *err)
{
	const json_t *item;
	size_t i;

	json_array_foreach (args, i, item) {
		const char *arg = json_string_value(item);

		for (const char *p = arg; *p; p++)
			if (*p <= ' ' || *p > '~' || strchr("'\"\\$`{};|&<>", *p))
				return fail_code(err, EINVAL, NULL,
					"%s: kernel argument '%.80s' has a character that none may have",
					what, arg);
	}
	return 0;
}

static int image_source_check(
	const struct recipe *r, const json_t *image, const char *what, struct error *err)
{
	const json_t *debian = json_object_get(image, "debian");
	const char *tar = json_str(image, "rootfs_tar", NULL);
	const char *container = json_str(image, "container", NULL);
	const char *disk = json_str(image, "disk", NULL);

	if (!!debian + !!tar + !!container + !!disk != 1)
		return fail_code(err, EINVAL, NULL,
			"%s: give one of 'debian', 'rootfs_tar', 'container' and 'disk'", what);
	if (disk && (json_object_get(image, "files") || json_object_get(image, "units") ||
			    json_object_get(image, "kernel_args")))
		return fail_code(err, EINVAL, NULL,
			"%s: a disk is taken as it is, without 'files', 'units' and 'kernel_args'",
			what);
	if (container && (json_object_get(image, "files") || json_object_get(image, "units")))
		return fail_code(err, EINVAL, NULL,
			"%s: a container image is taken as it is, without 'files' and 'units'",
			what);
	if (debian)
		return debian_check(debian, what, err);
	if (disk)
		return recipe_check_file(r, what, disk, err);
	return tar ? recipe_check_file(r, what, tar, err)
		   : recipe_check_source(r, what, container, err);
}

int recipe_check_image(
	const struct recipe *r, const json_t *image, const char *what, struct error *err)
{
	const char *kind = json_object_get(image, "disk") ? "disk" : "rootfs";
	uint64_t min_disk;
	int e = json_fields(image, what, image_fields, err);

	if (e < 0)
		return e;
	if (strcmp(json_str(image, "kind", kind), kind) != 0)
		return fail_code(err, EINVAL, NULL,
			"%s: kind '%s' is not '%s', which its source makes", what,
			json_str(image, "kind", ""), kind);
	e = image_source_check(r, image, what, err);
	if (e == 0)
		e = files_check(r, json_object_get(image, "files"), what, err);
	if (e == 0)
		e = units_check(json_object_get(image, "units"), what, err);
	if (e == 0)
		e = kernel_args_check(json_object_get(image, "kernel_args"), what, err);
	if (e == 0 && recipe_min_disk(image, &min_disk, err) < 0)
		e = fail_in(err, "%s: min_disk", what);
	return e;
}
