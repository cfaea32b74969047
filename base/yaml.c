// SPDX-License-Identifier: Apache-2.0
/*
 * YAML in, as JSON values.
 *
 * libyaml's event stream is built into jansson values with a stack of open containers. Plain
 * scalars are typed by YAML 1.2's core schema (null, true/false, integers, else strings), so
 * `yes` and `0755` in quotes or not never surprise: octal-looking numbers stay strings. Anchors,
 * aliases, tags and second documents are refused, so a document cannot grow beyond its text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

struct level {
	json_t *container; /* borrowed: owned by its parent, the root by the reader */
	char *key;         /* in a mapping: the key whose value comes next; NULL: a key comes next */
};

struct reader {
	yaml_parser_t parser;
	const char *what;
	json_t *root; /* NULL until the first value */
	struct level levels[JSON_MAX_DEPTH];
	size_t depth;
	bool ended; /* the one document is complete */
};

static int fail_at(const struct reader *r, const yaml_mark_t *mark, struct error *err,
	const char *text)
{
	return fail_code(err, EINVAL, NULL, "%s, line %zu, column %zu: %s", r->what, mark->line + 1,
		mark->column + 1, text);
}

static bool is_integer(const char *s)
{
	size_t n = strspn(s + (*s == '-'), "0123456789");
	const char *digits = s + (*s == '-');

	return n > 0 && n < 19 && !digits[n] && (digits[0] != '0' || n == 1);
}

static json_t *plain_value(const char *s)
{
	if (!*s || strcmp(s, "null") == 0 || strcmp(s, "~") == 0)
		return json_null();
	if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0)
		return json_boolean(s[0] == 't');
	if (is_integer(s))
		return json_integer(strtoll(s, NULL, 10));
	return json_string(s);
}

static json_t *scalar_value(const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;

	if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && e->data.scalar.plain_implicit)
		return plain_value(s);
	return json_stringn(s, e->data.scalar.length);
}

/* Puts a value where the reader stands; takes the reference. */
static int place(struct reader *r, const yaml_event_t *e, json_t *value, struct error *err)
{
	struct level *top = r->depth ? &r->levels[r->depth - 1] : NULL;
	int failed;

	if (!value)
		return fail_at(r, &e->start_mark, err, "not valid UTF-8 text");
	if (!top) {
		r->root = value;
		return 0;
	}
	if (json_is_array(top->container)) {
		failed = json_array_append_new(top->container, value);
	} else {
		failed = json_object_set_new(top->container, top->key, value);
		free(take_ptr(&top->key));
	}
	return failed ? fail_memory(err) : 0;
}

static int take_key(struct reader *r, const yaml_event_t *e, struct error *err)
{
	struct level *top = &r->levels[r->depth - 1];
	const char *key = (const char *)e->data.scalar.value;

	if (strlen(key) != e->data.scalar.length || strcmp(key, "<<") == 0)
		return fail_at(r, &e->start_mark, err, "not a usable key");
	if (json_object_get(top->container, key))
		return fail_at(r, &e->start_mark, err, "this key stands here twice");
	top->key = strdup(key);
	return top->key ? 0 : fail_memory(err);
}

static bool wants_key(const struct reader *r)
{
	return r->depth && json_is_object(r->levels[r->depth - 1].container) &&
		!r->levels[r->depth - 1].key;
}

static int open_container(struct reader *r, const yaml_event_t *e, json_t *container,
	struct error *err)
{
	int result;

	if (wants_key(r) || r->depth == JSON_MAX_DEPTH) {
		json_decref(container);
		return fail_at(r, &e->start_mark, err,
			wants_key(r) ? "a key must be a plain word" : "nested too deeply");
	}
	result = place(r, e, container, err);
	if (result < 0)
		return result;
	r->levels[r->depth++] = (struct level){ .container = container };
	return 0;
}

static int take_scalar(struct reader *r, const yaml_event_t *e, struct error *err)
{
	if (e->data.scalar.anchor || e->data.scalar.tag)
		return fail_at(r, &e->start_mark, err, "anchors and tags are not allowed");
	return wants_key(r) ? take_key(r, e, err) : place(r, e, scalar_value(e), err);
}

static int take_event(struct reader *r, const yaml_event_t *e, struct error *err)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(r, e, err);
	case YAML_MAPPING_START_EVENT:
		if (e->data.mapping_start.anchor || e->data.mapping_start.tag)
			return fail_at(r, &e->start_mark, err, "anchors and tags are not allowed");
		return open_container(r, e, json_object(), err);
	case YAML_SEQUENCE_START_EVENT:
		if (e->data.sequence_start.anchor || e->data.sequence_start.tag)
			return fail_at(r, &e->start_mark, err, "anchors and tags are not allowed");
		return open_container(r, e, json_array(), err);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return fail_at(r, &e->start_mark, err, "aliases are not allowed");
	case YAML_DOCUMENT_START_EVENT:
		return r->root ? fail_at(r, &e->start_mark, err, "only one document is allowed") : 0;
	case YAML_STREAM_END_EVENT:
		r->ended = true;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

static int read_events(struct reader *r, struct error *err)
{
	int result = 0;

	while (result == 0 && !r->ended) {
		yaml_event_t e;

		if (!yaml_parser_parse(&r->parser, &e))
			return fail_at(r, &r->parser.problem_mark, err,
				r->parser.problem ? r->parser.problem : "not valid YAML");
		result = take_event(r, &e, err);
		yaml_event_delete(&e);
	}
	return result;
}

int yaml_read(const void *p, size_t n, const char *what, json_t **ret, struct error *err)
{
	struct reader r = { .what = what };
	int result;

	if (n > YAML_MAX_BYTES)
		return fail_code(err, EFBIG, NULL, "%s is larger than %u bytes", what,
			YAML_MAX_BYTES);
	if (!yaml_parser_initialize(&r.parser))
		return fail_memory(err);
	yaml_parser_set_input_string(&r.parser, p, n);
	result = read_events(&r, err);
	for (size_t i = 0; i < JSON_MAX_DEPTH; i++)
		free(r.levels[i].key);
	yaml_parser_delete(&r.parser);
	if (result == 0 && !r.root)
		result = fail_code(err, EINVAL, NULL, "%s is empty", what);
	if (result < 0)
		json_decref(r.root);
	else
		*ret = r.root;
	return result;
}

int yaml_read_file(const char *path, json_t **ret, struct error *err)
{
	auto_buf text = { .max = YAML_MAX_BYTES };
	int r = file_read(path, YAML_MAX_BYTES, &text, err);

	return r < 0 ? r : yaml_read(buf_str(&text), text.len, path, ret, err);
}
