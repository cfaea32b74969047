// SPDX-License-Identifier: Apache-2.0
/* The links of enabled and masked units. */
#include "bundles/units.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

#define SYSTEM   "etc/systemd/system"
#define UNIT_MAX 65536
#define ALSO_MAX 8 /* how far Also= leads from unit to unit */

struct unit {
	const char *name; /* as it is enabled, with its instance */
	char path[PATH_MAX];
	struct buf text;
};

static int item_text(const struct overlay_item *item, struct buf *ret, struct error *err)
{
	if (item->source)
		return file_read(item->source, UNIT_MAX, ret, err);
	buf_puts(ret, item->content ? item->content : "");
	return buf_check(ret, item->path, err);
}

/* "getty@tty1.service" is made from "getty@.service". */
static void template_name(const char *name, char out[static NAME_MAX])
{
	const char *at = strchr(name, '@');
	const char *dot = strrchr(name, '.');

	if (at && dot && dot > at)
		(void)snprintf(out, NAME_MAX, "%.*s%s", (int)(at - name + 1), name, dot);
	else
		(void)snprintf(out, NAME_MAX, "%s", name);
}

/* Finds a unit among what the recipe adds, then in the tree. */
static int unit_find(const char *name, const struct tree *tree, const struct overlay *o,
	struct unit *ret, struct error *err)
{
	static const char *const folders[] = { SYSTEM, "usr/lib/systemd/system",
		"lib/systemd/system" };
	char file[NAME_MAX];
	const json_t *known;

	template_name(name, file);
	ret->name = name;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const struct overlay_item *item;

		(void)snprintf(ret->path, sizeof(ret->path), "%s/%s", folders[i], file);
		item = overlay_find(o, ret->path);
		if (item)
			return item_text(item, &ret->text, err);
	}
	known = json_object_get(tree->units, file);
	if (!known)
		return fail_code(err, ENOENT, "SW-6004", "the image has no unit '%s'", name);
	(void)snprintf(ret->path, sizeof(ret->path), "%s", json_str(known, "path", ""));
	buf_puts(&ret->text, json_str(known, "text", ""));
	return buf_check(&ret->text, name, err);
}

static int unit_enable(
	const char *name, const struct tree *tree, struct overlay *o, int depth, struct error *err);

struct install {
	const struct unit *unit;
	const struct tree *tree;
	struct overlay *overlay;
	int depth;
	int found; /* lines that had an effect */
};

static int link_make(struct install *in, const char *folder, const char *name, struct error *err)
{
	char path[PATH_MAX];
	char target[PATH_MAX + 1];

	(void)snprintf(path, sizeof(path), SYSTEM "/%s%s%s", folder, *folder ? "/" : "", name);
	(void)snprintf(target, sizeof(target), "/%s", in->unit->path);
	in->found++;
	return overlay_link(in->overlay, path, target, err);
}

/* One word of one key of [Install]. */
static int word_apply(struct install *in, const char *key, const char *word, struct error *err)
{
	char folder[NAME_MAX + 16];

	if (strchr(word, '/') || strchr(word, '%'))
		return 0; /* specifiers belong to running systems */
	if (strcmp(key, "WantedBy") == 0 || strcmp(key, "RequiredBy") == 0) {
		(void)snprintf(folder, sizeof(folder), "%.*s.%s", NAME_MAX, word,
			*key == 'W' ? "wants" : "requires");
		return link_make(in, folder, in->unit->name, err);
	}
	if (strcmp(key, "Alias") == 0)
		return link_make(in, "", word, err);
	if (strcmp(key, "Also") == 0 && in->depth < ALSO_MAX) {
		in->found++;
		return unit_enable(word, in->tree, in->overlay, in->depth + 1, err);
	}
	return 0;
}

static int line_apply(struct install *in, char *line, struct error *err)
{
	char *equals = strchr(line, '=');
	char *state = NULL;
	int r = 0;

	if (!equals || *line == '#' || *line == ';')
		return 0;
	*equals = '\0';
	for (char *word = strtok_r(equals + 1, " \t", &state); word && r == 0;
		word = strtok_r(NULL, " \t", &state))
		r = word_apply(in, line, word, err);
	return r;
}

static int install_apply(struct install *in, char *text, struct error *err)
{
	char *state = NULL;
	bool inside = false;
	int r = 0;

	for (char *line = strtok_r(text, "\r\n", &state); line && r == 0;
		line = strtok_r(NULL, "\r\n", &state)) {
		if (*line == '[')
			inside = strcmp(line, "[Install]") == 0;
		else if (inside)
			r = line_apply(in, line, err);
	}
	return r;
}

static int unit_enable(
	const char *name, const struct tree *tree, struct overlay *o, int depth, struct error *err)
{
	struct unit unit = { 0 };
	struct install in = { .unit = &unit, .tree = tree, .overlay = o, .depth = depth };
	auto_free char *text = NULL;
	int r = unit_find(name, tree, o, &unit, err);

	if (r == 0)
		r = buf_take(&unit.text, &text, err);
	buf_done(&unit.text);
	if (r == 0)
		r = install_apply(&in, text, err);
	if (r == 0 && in.found == 0 && depth == 0)
		r = fail_code(err, EINVAL, "SW-6004",
			"unit '%s' can't be enabled: it has no [Install] section", name);
	return r;
}

int units_apply(const json_t *units, const struct tree *tree, struct overlay *o, struct error *err)
{
	const json_t *name;
	size_t i;
	int r = 0;

	json_array_foreach (json_object_get(units, "enable"), i, name)
		if (r == 0)
			r = unit_enable(json_string_value(name), tree, o, 0, err);
	json_array_foreach (json_object_get(units, "mask"), i, name) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), SYSTEM "/%s", json_string_value(name));
		if (r == 0)
			r = overlay_link(o, path, "/dev/null", err);
	}
	return r;
}
