// SPDX-License-Identifier: Apache-2.0
/* Checks of a recipe below its first level, each ending in one sentence that names the place. */
#include "bundles/recipe_check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/platform.h"
#include "bundles/reference.h"

static const struct json_field container_fields[] = {
	{ "name", JSON_KIND_STRING, true, REFERENCE_MAX - 1 },
	{ "from", JSON_KIND_STRING, true, 0 },
	{ "arch", JSON_KIND_STRINGS, false, PLATFORMS_MAX },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static const struct json_field archive_fields[] = {
	{ "source", JSON_KIND_STRING, true, 0 },
	{ "arch", JSON_KIND_STRINGS, false, PLATFORMS_MAX },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static const struct json_field demand_fields[] = {
	{ "source", JSON_KIND_STRING, true, 0 },
	{ "from", JSON_KIND_STRING, false, 16 },
	{ "ignore", JSON_KIND_STRINGS, false, 0 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

static const struct json_field item_fields[] = {
	{ "name", JSON_KIND_STRING, true, REFERENCE_MAX - 1 },
	{ "source", JSON_KIND_STRING, true, 0 },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

int recipe_check_file(const struct recipe *r, const char *what, const char *path, struct error *err)
{
	auto_free char *full = recipe_path(r, path);

	if (!full)
		return fail_memory(err);
	if (access(full, R_OK) < 0)
		return fail_code(err, errno, "SW-6002", "%s: can't read '%s': %s", what, full,
			strerror(errno));
	return 0;
}

int recipe_check_source(
	const struct recipe *r, const char *what, const char *source, struct error *err)
{
	static const char *const transports[] = { "docker-archive:", "oci-archive:", "oci:" };

	if (strncmp(source, "docker://", 9) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		size_t n = strlen(transports[i]);
		auto_free char *path = NULL;

		if (strncmp(source, transports[i], n) != 0)
			continue;
		path = strndup(source + n, strcspn(source + n, ":"));
		return path ? recipe_check_file(r, what, path, err) : fail_memory(err);
	}
	return fail_code(err, EINVAL, NULL,
		"%s: '%.80s' does not start with docker://, docker-archive:, oci-archive: or oci:",
		what, source);
}

static int container_check(
	const struct recipe *r, const json_t *container, const char *what, struct error *err)
{
	char full[REFERENCE_MAX];
	int e = json_fields(container, what, container_fields, err);

	if (e == 0 && reference_normalize(json_str(container, "name", ""), full, err) < 0)
		e = fail_in(err, "%s", what);
	if (e == 0)
		e = platform_words_check(json_object_get(container, "arch"), what, err);
	return e < 0 ? e : recipe_check_source(r, what, json_str(container, "from", ""), err);
}

static int archive_check(
	const struct recipe *r, const json_t *archive, const char *what, struct error *err)
{
	int e = json_fields(archive, what, archive_fields, err);

	if (e == 0)
		e = platform_words_check(json_object_get(archive, "arch"), what, err);
	return e < 0 ? e : recipe_check_file(r, what, json_str(archive, "source", ""), err);
}

static int demand_check(
	const struct recipe *r, const json_t *demand, const char *what, struct error *err)
{
	int e = json_fields(demand, what, demand_fields, err);

	if (e == 0 && strcmp(json_str(demand, "from", "registry"), "registry") != 0)
		e = fail_code(err, EINVAL, NULL, "%s: 'from' can be 'registry' only", what);
	return e < 0 ? e : recipe_check_file(r, what, json_str(demand, "source", ""), err);
}

static int item_check(
	const struct recipe *r, const json_t *item, const char *what, struct error *err)
{
	int e = json_fields(item, what, item_fields, err);

	return e < 0 ? e : recipe_check_file(r, what, json_str(item, "source", ""), err);
}

static int name_check(json_t *seen, const json_t *item, const char *what, struct error *err)
{
	const char *name = json_str(item, "name", json_str(item, "source", ""));

	if (json_object_get(item, "name") && !entry_name_valid(name))
		return fail_code(err, EINVAL, NULL, "%s: '%.80s' is no valid name", what, name);
	if (json_object_get(seen, name))
		return fail_code(err, EINVAL, NULL, "%s: '%s' is given twice", what, name);
	return json_object_set_new(seen, name, json_true()) < 0 ? fail_memory(err) : 0;
}

static const struct {
	const char *key;
	int (*check)(
		const struct recipe *r, const json_t *item, const char *what, struct error *err);
} lists[] = {
	{ "images", recipe_check_image },
	{ "containers", container_check },
	{ "archives", archive_check },
	{ "files", item_check },
	{ "manifests", demand_check },
	{ "image_lists", demand_check },
};

int recipe_check(const struct recipe *r, struct error *err)
{
	auto_json json_t *seen = json_object();

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		const json_t *item;
		size_t i;

		json_array_foreach (json_object_get(r->json, lists[l].key), i, item) {
			char what[64];
			int e;

			(void)snprintf(what, sizeof(what), "%s[%zu]", lists[l].key, i);
			e = lists[l].check(r, item, what, err);
			if (e == 0)
				e = name_check(seen, item, what, err);
			if (e < 0)
				return e;
		}
	}
	if (json_object_size(seen) == 0)
		return fail_code(
			err, EINVAL, NULL, "the recipe names nothing to put into the bundle");
	return 0;
}
