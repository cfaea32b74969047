// SPDX-License-Identifier: Apache-2.0
/*
 * A manifest is read as libyaml's events; of each open container only what the rules ask for is
 * kept:
 *
 * - `image: NAME`: a scalar, anywhere;
 * - `image: {registry, repository, tag, digest}`: as charts and custom resources have it;
 * - `image: {reference: NAME}`: an image volume;
 * - `images: [NAME, ...]`;
 * - `somethingImage: NAME`, where NAME has a '/' or a ':' and is an image's name;
 * - `{name: RELATED_IMAGE_..., value: NAME}`: how operators are told.
 *
 * Empty scalars name nothing. An alias of a scalar stands for it; what is below other anchors is
 * met where they stand.
 */
#include "bundles/image_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/json.h"
#include "bundles/reference.h"

#define DEPTH_MAX   100
#define RENDER_HINT "Render the chart first: helm template CHART > FILE"
#define ANCHORS_MAX 1000
#define WORD_MAX    REFERENCE_MAX

enum part { PART_REGISTRY, PART_REPOSITORY, PART_TAG, PART_DIGEST, PART_REFERENCE, PARTS };

static const char *const part_keys[PARTS] = { "registry", "repository", "tag", "digest",
	"reference" };

/* An open mapping or sequence. */
struct level {
	bool mapping;
	bool wants_key;     /* a mapping whose next event is a key */
	bool names_images;  /* a sequence below "images" */
	bool related;       /* a mapping with a name that starts with RELATED_IMAGE_ */
	char key[64];       /* the key whose value comes; "" for one that is longer */
	char *parts[PARTS]; /* of a mapping below "image"; NULL: not there */
	bool is_image;      /* a mapping below "image" */
	char *value;        /* of "value", until it is known whether it names an image */
	size_t line;
	size_t value_line;
};

struct scan {
	yaml_parser_t parser;
	image_name_fn found;
	void *arg;
	json_t *anchors; /* of scalars */
	struct level *levels;
	size_t depth;
};

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text);
	size_t m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

static int tell(struct scan *s, const char *name, size_t line, struct error *err)
{
	return *name ? s->found(name, line, s->arg, err) : 0;
}

/* Under a key that only ends in "Image" may stand anything: an image's name is known by its form.
 */
static bool looks_like_name(const char *text)
{
	char full[REFERENCE_MAX];
	char digest[DIGEST_TEXT_MAX];
	struct error ignored = { 0 };

	return strpbrk(text, "/:") && reference_resolve(text, full, digest, &ignored) == 0;
}

static int value_keep(struct level *top, const char *text, size_t line, struct error *err)
{
	free(top->value);
	top->value = strndup(text, WORD_MAX);
	top->value_line = line;
	return top->value ? 0 : fail_memory(err);
}

/* A scalar as the value of a mapping's key. */
static int mapping_value(
	struct scan *s, struct level *top, const char *text, size_t line, struct error *err)
{
	for (size_t i = 0; top->is_image && i < PARTS; i++)
		if (strcmp(top->key, part_keys[i]) == 0 && !top->parts[i])
			top->parts[i] = strndup(text, WORD_MAX);
	if (strcmp(top->key, "image") == 0 ||
		(ends_with(top->key, "Image") && looks_like_name(text)))
		return tell(s, text, line, err);
	if (strcmp(top->key, "name") == 0)
		top->related = strncmp(text, "RELATED_IMAGE_", 14) == 0;
	if (strcmp(top->key, "value") == 0)
		return value_keep(top, text, line, err);
	return 0;
}

static int scalar_take(struct scan *s, const char *text, size_t line, struct error *err)
{
	struct level *top = s->depth ? &s->levels[s->depth - 1] : NULL;

	if (!top)
		return 0;
	if (!top->mapping)
		return top->names_images ? tell(s, text, line, err) : 0;
	if (top->wants_key) {
		(void)snprintf(top->key, sizeof(top->key), "%s",
			strlen(text) < sizeof(top->key) ? text : "");
		top->wants_key = false;
		return 0;
	}
	top->wants_key = true;
	return mapping_value(s, top, text, line, err);
}

static int container_open(struct scan *s, bool mapping, size_t line, struct error *err)
{
	struct level *top = s->depth ? &s->levels[s->depth - 1] : NULL;
	struct level next = { .mapping = mapping, .wants_key = mapping, .line = line };

	if (s->depth == DEPTH_MAX)
		return fail_code(err, EINVAL, "SW-6009", "line %zu: nested too deeply", line);
	if (top && top->mapping && top->wants_key) {
		(void)fail_code(err, EINVAL, "SW-6009",
			"line %zu: a key that is no plain word, as in a template", line);
		return fail_hint(err, RENDER_HINT);
	}
	if (top && top->mapping) {
		next.is_image = mapping && strcmp(top->key, "image") == 0;
		next.names_images = !mapping && strcmp(top->key, "images") == 0;
	}
	s->levels[s->depth++] = next;
	return 0;
}

static const char *part(const struct level *l, enum part p)
{
	return l->parts[p] ? l->parts[p] : "";
}

/* Puts a name together from the parts of {registry, repository, tag, digest}. */
static int parts_tell(struct scan *s, const struct level *l, struct error *err)
{
	const char *registry = part(l, PART_REGISTRY);
	const char *tag = part(l, PART_TAG);
	const char *digest = part(l, PART_DIGEST);
	auto_free char *name = NULL;

	if (*part(l, PART_REFERENCE))
		return tell(s, part(l, PART_REFERENCE), l->line, err);
	if (!*part(l, PART_REPOSITORY))
		return 0;
	if (asprintf(&name, "%s%s%s%s%s%s%s", registry, *registry ? "/" : "",
		    part(l, PART_REPOSITORY), *tag ? ":" : "", tag, *digest ? "@" : "", digest) < 0)
		return fail_memory(err);
	return tell(s, name, l->line, err);
}

static void level_done(struct level *l)
{
	for (size_t i = 0; i < PARTS; i++)
		free(l->parts[i]);
	free(l->value);
}

static int container_close(struct scan *s, struct error *err)
{
	struct level *l = &s->levels[--s->depth];
	struct level *top = s->depth ? &s->levels[s->depth - 1] : NULL;
	int r = l->is_image ? parts_tell(s, l, err) : 0;

	if (r == 0 && l->related && l->value)
		r = tell(s, l->value, l->value_line, err);
	level_done(l);
	if (top && top->mapping)
		top->wants_key = true;
	return r;
}

static int alias_take(struct scan *s, const yaml_event_t *e, size_t line, struct error *err)
{
	const char *text = json_str(s->anchors, (const char *)e->data.alias.anchor, "");

	return scalar_take(s, text, line, err);
}

static int anchor_keep(struct scan *s, const yaml_event_t *e, struct error *err)
{
	const char *anchor = (const char *)e->data.scalar.anchor;

	if (!anchor)
		return 0;
	if (json_object_size(s->anchors) >= ANCHORS_MAX)
		return fail_code(err, E2BIG, "SW-6009", "more than %d anchors", ANCHORS_MAX);
	/* One that is no UTF-8 names no image. */
	(void)json_object_set_new(
		s->anchors, anchor, json_string((const char *)e->data.scalar.value));
	return 0;
}

static int event_take(struct scan *s, const yaml_event_t *e, struct error *err)
{
	size_t line = e->start_mark.line + 1;
	int r;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		r = anchor_keep(s, e, err);
		return r < 0 ? r : scalar_take(s, (const char *)e->data.scalar.value, line, err);
	case YAML_ALIAS_EVENT:
		return alias_take(s, e, line, err);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return container_open(s, e->type == YAML_MAPPING_START_EVENT, line, err);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return container_close(s, err);
	case YAML_DOCUMENT_START_EVENT:
		return json_object_clear(s->anchors);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

static int fail_yaml(const struct scan *s, const char *p, struct error *err)
{
	(void)fail_code(err, EINVAL, "SW-6009", "line %zu: %s", s->parser.problem_mark.line + 1,
		s->parser.problem ? s->parser.problem : "not valid YAML");
	if (strstr(p, "{{"))
		return fail_hint(err, RENDER_HINT);
	return err->number;
}

static int events_read(struct scan *s, const char *p, struct error *err)
{
	bool ended = false;
	int r = 0;

	while (r == 0 && !ended) {
		yaml_event_t e;

		if (!yaml_parser_parse(&s->parser, &e))
			return fail_yaml(s, p, err);
		ended = e.type == YAML_STREAM_END_EVENT;
		r = event_take(s, &e, err);
		yaml_event_delete(&e);
	}
	return r;
}

int image_names_of_manifest(
	const char *p, size_t n, image_name_fn found, void *arg, struct error *err)
{
	struct scan s = { .found = found, .arg = arg, .anchors = json_object() };
	int r;

	s.levels = calloc(DEPTH_MAX, sizeof(*s.levels));
	if (!s.levels || !s.anchors || !yaml_parser_initialize(&s.parser)) {
		free(s.levels);
		json_decref(s.anchors);
		return fail_memory(err);
	}
	yaml_parser_set_input_string(&s.parser, (const unsigned char *)p, n);
	r = events_read(&s, p, err);
	while (s.depth > 0)
		level_done(&s.levels[--s.depth]);
	yaml_parser_delete(&s.parser);
	json_decref(s.anchors);
	free(s.levels);
	return r;
}

static int line_take(
	const char *p, size_t n, size_t number, image_name_fn found, void *arg, struct error *err)
{
	static const char blanks[] = " \t\r";
	char line[WORD_MAX + 1];
	const char *hash = memchr(p, '#', n);
	size_t skip = 0;

	n = hash ? (size_t)(hash - p) : n;
	while (skip < n && strchr(blanks, p[skip]))
		skip++;
	while (n > skip && strchr(blanks, p[n - 1]))
		n--;
	if (n == skip)
		return 0;
	if (n - skip > WORD_MAX || memchr(p, '\0', n))
		return fail_code(err, EINVAL, "SW-6009", "line %zu is no image name", number);
	memcpy(line, p + skip, n - skip);
	line[n - skip] = '\0';
	return found(line, number, arg, err);
}

int image_names_of_list(const char *p, size_t n, image_name_fn found, void *arg, struct error *err)
{
	size_t number = 0;
	int r = 0;

	while (r == 0 && n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t length = end ? (size_t)(end - p) : n;

		r = line_take(p, length, ++number, found, arg, err);
		p += length + (end != NULL);
		n -= length + (end != NULL);
	}
	return r;
}
