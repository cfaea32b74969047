// SPDX-License-Identifier: Apache-2.0
/*
 * slipway machine disk-undo: what the appliance has kept of disks that were written, and out of the
 * appliance again as one file with the commands that put its pieces back.
 */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/machine.h"
#include "provisioner/cli/output.h"

#define WHOLE_MAX (20u << 20) /* of what is kept, packed or not: the appliance takes 17 MiB */

static void saved_cell(const json_t *item, struct buf *out)
{
	age_format(json_int(item, "saved_ms", 0), out);
}

static void disk_size_cell(const json_t *item, struct buf *out)
{
	char text[SIZE_TEXT_MAX];

	buf_puts(
		out, size_format((uint64_t)json_int(json_at(item, "disk"), "size_bytes", 0), text));
}

static void held_cell(const json_t *item, struct buf *out)
{
	const json_t *held;
	size_t i;

	json_array_foreach (json_at(item, "disk/holds"), i, held)
		buf_printf(out, "%s%s", i ? ", " : "", json_string_value(held));
}

static const struct column columns[] = {
	{ "SEQ", false, "seq", NULL },
	{ "SAVED", false, NULL, saved_cell },
	{ "DISK", false, "disk/name", NULL },
	{ "MODEL", false, "disk/model", NULL },
	{ "SERIAL", false, "disk/serial", NULL },
	{ "SIZE", false, NULL, disk_size_cell },
	{ "HELD", false, NULL, held_cell },
	{ "WHOLE", true, "whole", NULL },
	{ NULL },
};

static int piece_add(const char *text, struct buf *all, struct error *err)
{
	size_t chars = strlen(text), n = 0;
	auto_free uint8_t *bytes = malloc(chars + 1);
	int r = bytes ? base64_parse(text, chars, bytes, chars, &n, err) : fail_memory(err);

	if (r == 0)
		buf_add(all, bytes, n);
	return r < 0 ? r : buf_check(all, "what the disk held", err);
}

static int fetch(
	const struct cli *cli, const char *ref, const char *seq, struct buf *all, struct error *err)
{
	size_t size = 1;

	while (all->len < size) {
		auto_json json_t *piece = NULL;
		auto_buf path = { .max = 1024 };
		size_t before = all->len;

		machine_path(&path, ref, "/undo");
		client_path(&path, seq);
		buf_printf(&path, "?at=%zu", all->len);
		if (client_call(cli, "GET", buf_str(&path), NULL, &piece, err) < 0 ||
			piece_add(json_at_str(piece, "data"), all, err) < 0)
			return err->number;
		size = (size_t)json_int(piece, "size_bytes", 0);
		if (all->len == before)
			return fail_code(err, EBADMSG, NULL, "what the disk held is cut short");
	}
	return 0;
}

static int damaged(struct error *err)
{
	return fail_code(err, EBADMSG, NULL, "what is kept of the disk is damaged");
}

/* The ranges of the header, and their bytes. */
static int unpack(
	const struct buf *all, json_t **ret_header, char **ret, size_t *ret_size, struct error *err)
{
	const char *end = all->len ? memchr(all->data, '\n', all->len) : NULL;
	auto_free char *raw = malloc(WHOLE_MAX);
	size_t n;

	if (!raw)
		return fail_memory(err);
	if (!end || json_read(all->data, (size_t)(end - all->data), ret_header, err) < 0)
		return damaged(err);
	n = ZSTD_decompress(raw, WHOLE_MAX, end + 1, all->len - (size_t)(end + 1 - all->data));
	if (ZSTD_isError(n))
		return damaged(err);
	*ret = take_ptr(&raw);
	*ret_size = n;
	return 0;
}

/* One command a range: what lies at `from` in the file goes back to where it was. */
static int commands_make(
	const json_t *header, size_t size, const char *file, struct buf *out, struct error *err)
{
	const json_t *range;
	uint64_t from = 0;
	size_t i;

	json_array_foreach (json_object_get(header, "ranges"), i, range) {
		json_int_t at = json_integer_value(json_array_get(range, 0));
		json_int_t n = json_integer_value(json_array_get(range, 1));

		if (at < 0 || n <= 0 || (uint64_t)n > size - from)
			return damaged(err);
		buf_printf(out,
			"dd if='%s' of=DISK bs=1M conv=notrunc iflag=skip_bytes,count_bytes "
			"oflag=seek_bytes skip=%llu count=%lld seek=%lld\n",
			file, (unsigned long long)from, (long long)n, (long long)at);
		from += (uint64_t)n;
	}
	return from == size ? buf_check(out, "the commands", err) : damaged(err);
}

static int export(const struct cli *cli, const char *ref, const char *seq, const char *file,
	struct error *err)
{
	auto_buf all = { .max = WHOLE_MAX }, commands = { .max = 1 << 20 };
	auto_json json_t *header = NULL;
	auto_free char *raw = NULL;
	size_t size = 0;
	int r;

	if ((r = fetch(cli, ref, seq, &all, err)) < 0 ||
		(r = unpack(&all, &header, &raw, &size, err)) < 0 ||
		(r = commands_make(header, size, file, &commands, err)) < 0 ||
		(r = file_write(file, raw, size, 0600, err)) < 0)
		return r;
	fputs(buf_str(&commands), stdout);
	cli_say("DISK is the one with serial '%s' and %lld bytes. What was written over since is lost.",
		json_at_str(header, "disk/serial"),
		(long long)json_int(json_at(header, "disk"), "size_bytes", 0));
	return 0;
}

static int nothing_kept(const char *ref, struct error *err)
{
	fail_code(err, ENOENT, "SW-5014", "nothing is kept of the disks of '%.80s'", ref);
	return fail_hint(err, "a disk is kept when it is written over and held something");
}

int machine_undo(const struct cli *cli, const struct args *args)
{
	const char *ref = args->operands[0], *file = args_value(args, "export");
	const char *seq = args_value(args, "seq");
	auto_json json_t *items = NULL;
	auto_buf path = { .max = 1024 };
	struct error err = { 0 };
	char newest[32];

	machine_path(&path, ref, "/undo");
	if (client_list(cli, buf_str(&path), &items, &err) < 0)
		return cli_error(&err);
	if (!file) {
		output_items(cli, items, columns, "seq");
		if (json_array_size(items) > 0)
			cli_next("slipway machine disk-undo %s --export FILE", ref);
		return CLI_OK;
	}
	if (json_array_size(items) == 0) {
		(void)nothing_kept(ref, &err);
		return cli_error(&err);
	}
	(void)snprintf(newest, sizeof(newest), "%lld",
		(long long)json_int(json_array_get(items, 0), "seq", 0));
	return export(cli, ref, seq ? seq : newest, file, &err) < 0 ? cli_error(&err) : CLI_OK;
}
