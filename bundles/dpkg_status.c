// SPDX-License-Identifier: Apache-2.0
/* A status file is paragraphs of "Key: value" lines with empty lines in between; a line that starts
 * with a blank goes on with the one before, and none of those is needed here. */
#include "bundles/dpkg_status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

static const struct {
	const char *field;
	const char *key;
} fields[] = {
	{ "Package", "name" },
	{ "Version", "version" },
	{ "Architecture", "architecture" },
	{ "Maintainer", "maintainer" },
	{ "Source", "source" },
	{ "Status", "status" },
};

static void line_take(json_t *package, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	const char *value = colon ? colon + 1 : NULL;

	for (size_t i = 0; colon && i < sizeof(fields) / sizeof(fields[0]); i++) {
		if ((size_t)(colon - p) != strlen(fields[i].field) ||
			memcmp(p, fields[i].field, (size_t)(colon - p)) != 0)
			continue;
		while (value < p + n && *value == ' ')
			value++;
		/* One that is no UTF-8 stays unsaid. */
		(void)json_object_set_new(
			package, fields[i].key, json_stringn(value, (size_t)(p + n - value)));
	}
}

static int package_end(json_t *list, json_t *package, struct error *err)
{
	const char *status = json_str(package, "status", "");
	const char *state = strrchr(status, ' ');
	json_t *done;

	if (!state || strcmp(state, " installed") != 0 || !*json_str(package, "name", ""))
		return 0;
	if (json_array_size(list) >= DPKG_PACKAGES_MAX)
		return fail_code(
			err, E2BIG, NULL, "more than %d packages are installed", DPKG_PACKAGES_MAX);
	done = json_object();
	for (size_t i = 0; i + 1 < sizeof(fields) / sizeof(fields[0]); i++)
		if (json_object_set_new(done, fields[i].key,
			    json_string(json_str(package, fields[i].key, ""))) < 0)
			return fail_memory(err);
	return json_array_append_new(list, done) < 0 ? fail_memory(err) : 0;
}

static int package_order(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a;
	const json_t *y = *(json_t *const *)b;
	int r = strcmp(json_str(x, "name", ""), json_str(y, "name", ""));

	return r ? r : strcmp(json_str(x, "architecture", ""), json_str(y, "architecture", ""));
}

static int list_sort(const json_t *list, json_t **ret, struct error *err)
{
	size_t n = json_array_size(list);
	auto_free json_t **items = calloc(n + 1, sizeof(json_t *));

	*ret = json_array();
	if (!items || !*ret)
		return fail_memory(err);
	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(list, i);
	qsort(items, n, sizeof(json_t *), package_order);
	for (size_t i = 0; i < n; i++)
		if (json_array_append(*ret, items[i]) < 0)
			return fail_memory(err);
	return 0;
}

int dpkg_status_parse(const char *p, size_t n, json_t **ret, struct error *err)
{
	auto_json json_t *list = json_array();
	auto_json json_t *package = json_object();
	json_t *sorted = NULL;
	int r = list && package ? 0 : fail_memory(err);

	while (r == 0 && n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t length = end ? (size_t)(end - p) : n;

		if (length == 0) {
			r = package_end(list, package, err);
			(void)json_object_clear(package); /* it is an object */
		} else if (*p != ' ' && *p != '\t') {
			line_take(package, p, length);
		}
		p += length + (end != NULL);
		n -= length + (end != NULL);
	}
	if (r == 0)
		r = package_end(list, package, err);
	if (r == 0)
		r = list_sort(list, &sorted, err);
	if (r < 0) {
		json_decref(sorted);
		return r;
	}
	*ret = sorted;
	return 0;
}
