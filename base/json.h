// SPDX-License-Identifier: Apache-2.0
/*
 * JSON and YAML in, through one validation.
 *
 * Both end as jansson values. The readers refuse bad UTF-8, trailing bytes, duplicate keys, and
 * more than the stated size or depth. json_fields() then checks an object against a table: unknown
 * keys, wrong types, ranges and missing keys each give one sentence naming the key's path.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define JSON_MAX_BYTES (4u << 20)
#define YAML_MAX_BYTES (1u << 20)
#define JSON_MAX_DEPTH 64

/* Reads one JSON text of at most JSON_MAX_BYTES. The caller owns *ret. */
int json_read(const void *p, size_t n, json_t **ret, struct error *err);
int json_read_file(const char *path, json_t **ret, struct error *err);

/* Reads one YAML document (YAML 1.1 as libyaml parses it, the JSON subset of types: no anchors,
 * no tags, no merge keys) into JSON values. `what` names the source in errors (with line numbers). */
int yaml_read(const void *p, size_t n, const char *what, json_t **ret, struct error *err);
int yaml_read_file(const char *path, json_t **ret, struct error *err);

/* Compact text with sorted keys: the same value always gives the same bytes. Caller frees. */
int json_write(const json_t *value, char **ret, struct error *err);

enum json_kind {
	JSON_KIND_STRING,
	JSON_KIND_INTEGER,
	JSON_KIND_BOOL,
	JSON_KIND_OBJECT,
	JSON_KIND_ARRAY,
	JSON_KIND_STRINGS, /* array of strings */
	JSON_KIND_ANY,
};

struct json_field {
	const char *key;
	enum json_kind kind;
	bool required;
	int64_t max; /* strings: bytes; arrays: items; integers: greatest value; 0: 4096, 1000, INT64_MAX */
};

/* Checks `obj` (called `what` in errors) against a table that ends with a NULL key. */
int json_fields(const json_t *obj, const char *what, const struct json_field *fields,
	struct error *err);

/* Readers for objects already checked: the default where the key is absent. Borrowed from obj. */
const char *json_str(const json_t *obj, const char *key, const char *otherwise);
int64_t json_int(const json_t *obj, const char *key, int64_t otherwise);
bool json_bool(const json_t *obj, const char *key, bool otherwise);
