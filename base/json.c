// SPDX-License-Identifier: Apache-2.0
/* JSON in, and objects checked against tables of fields. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

/* Jansson bounds depth at build time (2048); ours is tighter and checked before parsing. */
static bool too_deep(const char *p, size_t n)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (in_string && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			in_string = !in_string;
		else if (!in_string && (p[i] == '{' || p[i] == '[') && ++depth > JSON_MAX_DEPTH)
			return true;
		else if (!in_string && (p[i] == '}' || p[i] == ']') && depth > 0)
			depth--;
	}
	return false;
}

/*
 * Jansson's reader leaves out a character, and its writer a key, that it finds no memory for, and
 * goes on. So its allocations are watched, and whatever was read or written without memory is no
 * good.
 */
static _Thread_local bool starved;

static void *watched_malloc(size_t n)
{
	void *p = malloc(n);

	starved = starved || !p;
	return p;
}

__attribute__((constructor)) static void watch(void)
{
	json_set_alloc_funcs(watched_malloc, free);
}

int json_read(const void *p, size_t n, json_t **ret, struct error *err)
{
	json_error_t at;
	json_t *value;

	if (n > JSON_MAX_BYTES)
		return fail_code(err, EFBIG, NULL, "JSON text is larger than %u bytes",
			JSON_MAX_BYTES);
	if (too_deep(p, n))
		return fail_code(err, EINVAL, NULL, "JSON text is nested deeper than %d",
			JSON_MAX_DEPTH);
	starved = false;
	value = json_loadb(p, n, JSON_REJECT_DUPLICATES, &at);
	if (starved) {
		json_decref(value);
		return fail_memory(err);
	}
	if (!value)
		return fail_code(err, EINVAL, NULL, "not valid JSON at line %d, column %d: %s",
			at.line, at.column, at.text);
	*ret = value;
	return 0;
}

int json_read_file(const char *path, json_t **ret, struct error *err)
{
	auto_buf text = { .max = JSON_MAX_BYTES };
	int r = file_read(path, JSON_MAX_BYTES, &text, err);

	if (r < 0)
		return r;
	r = json_read(buf_str(&text), text.len, ret, err);
	return r < 0 ? fail_in(err, "'%s'", path) : 0;
}

int json_write(const json_t *value, char **ret, struct error *err)
{
	auto_free char *text = NULL;

	starved = false;
	text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	if (!text || starved)
		return fail_memory(err);
	*ret = take_ptr(&text);
	return 0;
}

static const char *kind_name(enum json_kind kind)
{
	switch (kind) {
	case JSON_KIND_STRING:
		return "a string";
	case JSON_KIND_INTEGER:
		return "an integer";
	case JSON_KIND_BOOL:
		return "true or false";
	case JSON_KIND_OBJECT:
		return "an object";
	case JSON_KIND_ARRAY:
		return "a list";
	case JSON_KIND_STRINGS:
		return "a list of strings";
	case JSON_KIND_ANY:
		return "a value";
	}
	return "a value";
}

static bool all_strings(const json_t *array)
{
	size_t i;
	json_t *item;

	if (!json_is_array(array))
		return false;
	json_array_foreach (array, i, item)
		if (!json_is_string(item))
			return false;
	return true;
}

static bool is_kind(const json_t *value, enum json_kind kind)
{
	switch (kind) {
	case JSON_KIND_STRING:
		return json_is_string(value);
	case JSON_KIND_INTEGER:
		return json_is_integer(value);
	case JSON_KIND_BOOL:
		return json_is_boolean(value);
	case JSON_KIND_OBJECT:
		return json_is_object(value);
	case JSON_KIND_ARRAY:
		return json_is_array(value);
	case JSON_KIND_STRINGS:
		return all_strings(value);
	case JSON_KIND_ANY:
		return true;
	}
	return false;
}

static int check_range(const json_t *value, const char *what, const struct json_field *field,
	struct error *err)
{
	int64_t max = field->max;

	if (json_is_string(value) && json_string_length(value) > (size_t)(max ? max : 4096))
		return fail_code(err, EINVAL, NULL, "%s: '%s' is longer than %lld bytes", what,
			field->key, (long long)(max ? max : 4096));
	if (json_is_array(value) && json_array_size(value) > (size_t)(max ? max : 1000))
		return fail_code(err, EINVAL, NULL, "%s: '%s' has more than %lld items", what,
			field->key, (long long)(max ? max : 1000));
	if (json_is_integer(value) && (json_integer_value(value) < 0 ||
		(max && json_integer_value(value) > max)))
		return fail_code(err, EINVAL, NULL, "%s: '%s' is out of range (0 to %lld)", what,
			field->key, (long long)(max ? max : INT64_MAX));
	return 0;
}

static const struct json_field *find_field(const struct json_field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

static int fail_unknown_key(const char *what, const char *key, const struct json_field *fields,
	struct error *err)
{
	auto_buf known = { .max = 2048 };

	for (; fields->key; fields++)
		buf_printf(&known, "%s%s", known.len ? ", " : "", fields->key);
	return fail_code(err, EINVAL, NULL, "%s: unknown key '%.80s' (known: %s)", what, key,
		buf_str(&known));
}

int json_fields(const json_t *obj, const char *what, const struct json_field *fields,
	struct error *err)
{
	const char *key;
	json_t *value;
	int r;

	if (!json_is_object(obj))
		return fail_code(err, EINVAL, NULL, "%s: expected an object", what);
	json_object_foreach ((json_t *)obj, key, value) {
		const struct json_field *field = find_field(fields, key);

		if (!field)
			return fail_unknown_key(what, key, fields, err);
		if (!is_kind(value, field->kind))
			return fail_code(err, EINVAL, NULL, "%s: '%s' must be %s", what, key,
				kind_name(field->kind));
		r = check_range(value, what, field, err);
		if (r < 0)
			return r;
	}
	for (; fields->key; fields++)
		if (fields->required && !json_object_get(obj, fields->key))
			return fail_code(err, EINVAL, NULL, "%s: '%s' is missing", what,
				fields->key);
	return 0;
}

const char *json_str(const json_t *obj, const char *key, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(obj, key));

	return value ? value : otherwise;
}

int64_t json_int(const json_t *obj, const char *key, int64_t otherwise)
{
	const json_t *value = json_object_get(obj, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool json_bool(const json_t *obj, const char *key, bool otherwise)
{
	const json_t *value = json_object_get(obj, key);

	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}
