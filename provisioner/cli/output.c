// SPDX-License-Identifier: Apache-2.0
/* Tables, JSON and names on stdout. */
#include <string.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "provisioner/cli/output.h"

#define COLUMNS_MAX 16

/* Bytes of the UTF-8 character at s, at least 1; *ret_code is U+FFFD where it is malformed. */
static size_t char_read(const char *s, unsigned *ret_code)
{
	unsigned lead = (unsigned char)s[0];
	size_t n = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	unsigned code = n == 1 ? lead : lead & (0xffu >> (n + 1));

	*ret_code = 0xfffd;
	if (strnlen(s, n) < n || !utf8_valid(s, n))
		return 1;
	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)s[i] & 0x3f);
	*ret_code = code;
	return n;
}

static bool char_harmless(unsigned code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfffd || code == 0xfeff)
		return false;
	return !((code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
		 (code >= 0x2060 && code <= 0x206f) || code == 0x061c);
}

void text_clean(struct buf *out, const char *text)
{
	while (*text) {
		unsigned code;
		size_t n = char_read(text, &code);

		if (char_harmless(code))
			buf_add(out, text, n);
		else
			buf_puts(out, "?");
		text += n;
	}
}

void text_put(FILE *out, const char *text)
{
	auto_buf clean = { .max = 1u << 20 };

	text_clean(&clean, text);
	(void)fputs(buf_str(&clean), out); /* main checks stdout once, at the end */
}

size_t text_width(const char *text)
{
	size_t width = 0;
	unsigned code;

	for (; *text; width++)
		text += char_read(text, &code);
	return width;
}

const json_t *json_at(const json_t *item, const char *path)
{
	while (item) {
		size_t n = strcspn(path, "/");

		item = json_object_getn(item, path, n);
		if (path[n] == '\0')
			return item;
		path += n + 1;
	}
	return NULL;
}

const char *json_at_str(const json_t *item, const char *path)
{
	const char *text = json_string_value(json_at(item, path));

	return text ? text : "";
}

static void value_format(const json_t *value, struct buf *out)
{
	size_t i;
	json_t *one;

	if (json_is_string(value))
		buf_puts(out, json_string_value(value));
	else if (json_is_integer(value))
		buf_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		buf_puts(out, json_is_true(value) ? "yes" : "no");
	json_array_foreach ((json_t *)value, i, one) {
		buf_puts(out, i ? "," : "");
		value_format(one, out);
	}
}

static void cell_format(const struct column *column, const json_t *item, struct buf *out)
{
	auto_buf raw = { .max = 4096 };

	if (column->cell)
		column->cell(item, &raw);
	else
		value_format(json_at(item, column->path), &raw);
	text_clean(out, raw.len ? buf_str(&raw) : "-");
}

/* Widths of the columns that are shown; returns how many there are. */
static size_t table_measure(const struct cli *cli, const json_t *items,
	const struct column *columns, const struct column **shown, size_t *widths)
{
	size_t n = 0;
	size_t row;
	json_t *item;

	for (const struct column *c = columns; c->title && n < COLUMNS_MAX; c++)
		if (!c->wide || cli->output == OUTPUT_WIDE)
			shown[n++] = c;
	for (size_t i = 0; i < n; i++) {
		widths[i] = text_width(shown[i]->title);
		json_array_foreach ((json_t *)items, row, item) {
			auto_buf cell = { .max = 8192 };
			size_t width;

			cell_format(shown[i], item, &cell);
			width = text_width(buf_str(&cell));
			widths[i] = width > widths[i] ? width : widths[i];
		}
	}
	return n;
}

static void cell_put(const char *text, size_t width, bool last)
{
	size_t used = text_width(text);

	(void)fputs(text, stdout);
	if (!last)
		printf("%*s", (int)(width - used) + 2, "");
	else
		printf("\n");
}

static void table_print(const struct cli *cli, const json_t *items, const struct column *columns)
{
	const struct column *shown[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX];
	size_t n = table_measure(cli, items, columns, shown, widths);
	size_t row;
	json_t *item;

	for (size_t i = 0; i < n; i++)
		cell_put(shown[i]->title, widths[i], i + 1 == n);
	json_array_foreach ((json_t *)items, row, item) {
		for (size_t i = 0; i < n; i++) {
			auto_buf cell = { .max = 8192 };

			cell_format(shown[i], item, &cell);
			cell_put(buf_str(&cell), widths[i], i + 1 == n);
		}
	}
}

static void json_print(const json_t *value, size_t flags)
{
	/* ENSURE_ASCII keeps C1 and direction characters out of the terminal here too */
	auto_free char *text = json_dumps(value, flags | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (text)
		printf("%s\n", text);
}

static void name_print(const json_t *item, const char *name_key)
{
	text_put(stdout, json_at_str(item, name_key));
	printf("\n");
}

void output_items(const struct cli *cli, const json_t *items, const struct column *columns,
	const char *name_key)
{
	auto_json json_t *whole = NULL;
	size_t i;
	json_t *item;

	switch (cli->output) {
	case OUTPUT_TABLE:
	case OUTPUT_WIDE:
		table_print(cli, items, columns);
		break;
	case OUTPUT_JSON:
		whole = json_pack("{s:O}", "items", items);
		json_print(whole, JSON_INDENT(2));
		break;
	case OUTPUT_JSONL:
		json_array_foreach ((json_t *)items, i, item)
			json_print(item, JSON_COMPACT);
		break;
	case OUTPUT_NAME:
		json_array_foreach ((json_t *)items, i, item)
			name_print(item, name_key);
		break;
	}
}

bool output_value(const struct cli *cli, const json_t *value, const char *name_key)
{
	switch (cli->output) {
	case OUTPUT_TABLE:
	case OUTPUT_WIDE:
		return false;
	case OUTPUT_JSON:
		json_print(value, JSON_INDENT(2));
		break;
	case OUTPUT_JSONL:
		json_print(value, JSON_COMPACT);
		break;
	case OUTPUT_NAME:
		name_print(value, name_key);
		break;
	}
	return true;
}
