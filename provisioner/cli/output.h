// SPDX-License-Identifier: Apache-2.0
/*
 * Data on stdout, in the format that -o asks for, safe for a terminal: text that came from machines
 * or files can hold no control character and no direction override when it leaves here.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/buf.h"
#include "provisioner/cli/cli.h"

/* Writes text with every control, C1, bidirectional and malformed character shown as '?'. */
void text_put(FILE *out, const char *text);
/* The same into a buffer. */
void text_clean(struct buf *out, const char *text);
/* Columns that text takes on a terminal: its characters, of well-formed UTF-8. */
size_t text_width(const char *text);

/* A column of a table. A list ends with a NULL title. */
struct column {
	const char *title;
	bool wide;        /* only with -o wide */
	const char *path; /* keys from the item to its value: "inventory/dmi/serial" */
	/* Writes the cell where a path is not enough; NULL: the value at path. */
	void (*cell)(const json_t *item, struct buf *out);
};

/* The value at "a/b/c" below item, NULL where there is none. Borrowed. */
const json_t *json_at(const json_t *item, const char *path);
/* The string there, "" where there is none. */
const char *json_at_str(const json_t *item, const char *path);

/* Prints a list: a table of columns, {"items":[...]} as JSON, an item a line, or the `name_key` of
 * each. */
void output_items(const struct cli *cli, const json_t *items, const struct column *columns,
	const char *name_key);
/* Prints one value as JSON or its name and returns true; false where the format is for people and
 * the caller prints it. */
bool output_value(const struct cli *cli, const json_t *value, const char *name_key);
