// SPDX-License-Identifier: Apache-2.0
/* slipway store: what is in it, is it good, what can go. */
#include "provisioner/cli/store.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "bundles/store_gc.h"
#include "bundles/store_usage.h"
#include "provisioner/cli/audit.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

int store_path(const struct cli *cli, char out[static PATH_MAX], struct error *err)
{
	int n = snprintf(out, PATH_MAX, "%s/store", cli->state_dir);

	return n < 0 || n >= PATH_MAX ? fail(err, ENAMETOOLONG, "'%.80s'", cli->state_dir) : 0;
}

static int open_it(const struct cli *cli, bool lock, struct store **ret, struct error *err)
{
	auto_store *s = NULL;
	char dir[PATH_MAX];
	int r = store_path(cli, dir, err);

	if (r == 0)
		r = store_open(dir, false, &s, err);
	if (r == -ENOENT)
		return fail_hint(err, "slipway bundle import FILE makes it");
	if (r == 0 && lock)
		r = store_lock(s, err);
	if (r == 0)
		*ret = take_ptr(&s);
	return r;
}

static void size_at(const json_t *item, const char *key, struct buf *out)
{
	char text[SIZE_TEXT_MAX];

	buf_puts(out, size_format((uint64_t)json_int(item, key, 0), text));
}

static void size_cell(const json_t *item, struct buf *out)
{
	size_at(item, "bytes", out);
}

static void own_cell(const json_t *item, struct buf *out)
{
	size_at(item, "own_bytes", out);
}

static void bundle_cell(const json_t *item, struct buf *out)
{
	int64_t version = json_int(item, "version", 0);

	buf_puts(out, json_str(item, "bundle", ""));
	if (version > 0)
		buf_printf(out, " %lld", (long long)version);
}

static const struct column group_columns[] = {
	{ .title = "NAME", .path = "name" },
	{ .title = "NAMES", .path = "names" },
	{ .title = "BLOBS", .path = "blobs" },
	{ .title = "SIZE", .cell = size_cell },
	{ .title = "ALONE", .cell = own_cell },
	{ NULL },
};

static const struct column name_columns[] = {
	{ .title = "NAME", .path = "name" },
	{ .title = "KIND", .path = "kind" },
	{ .title = "BUNDLE", .cell = bundle_cell },
	{ .title = "SIZE", .cell = size_cell },
	{ .title = "ALONE", .cell = own_cell },
	{ .title = "BLOBS", .wide = true, .path = "blobs" },
	{ .title = "DIGEST", .wide = true, .path = "digest" },
	{ NULL },
};

static int by_parse(const char *text, enum store_usage_by *ret, struct error *err)
{
	static const char *const names[] = {
		[STORE_USAGE_BY_BUNDLE] = "bundle",
		[STORE_USAGE_BY_NAME] = "name",
		[STORE_USAGE_BY_KIND] = "kind",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!text || strcmp(text, names[i]) == 0) {
			*ret = (enum store_usage_by)i;
			return 0;
		}
	return fail_code(err, EINVAL, NULL, "'--by %s': bundle, name or kind", text);
}

static int usage_get(const struct cli *cli, enum store_usage_by by, json_t **ret, struct error *err)
{
	auto_store *s = NULL;
	int r = open_it(cli, false, &s, err);

	return r == 0 ? store_usage(s, by, ret, err) : r;
}

static void sums_print(const json_t *usage)
{
	auto_buf line = { .max = 1024 };

	buf_printf(&line, "\n%lld blobs, ", (long long)json_int(usage, "blobs", 0));
	size_at(usage, "bytes", &line);
	buf_puts(&line, ": ");
	size_at(usage, "held_bytes", &line);
	buf_puts(&line, " of names that are gone, ");
	size_at(usage, "unreferenced_bytes", &line);
	buf_puts(&line, " of none; free: ");
	size_at(usage, "free_bytes", &line);
	printf("%s\n", buf_str(&line));
}

static int store_df(const struct cli *cli, const struct args *args)
{
	auto_json json_t *usage = NULL;
	enum store_usage_by by = STORE_USAGE_BY_BUNDLE;
	struct error err = { 0 };

	if (by_parse(args_value(args, "by"), &by, &err) < 0 || usage_get(cli, by, &usage, &err) < 0)
		return cli_error(&err);
	if (output_value(cli, usage, "path"))
		return CLI_OK;
	output_items(cli, json_object_get(usage, "items"),
		by == STORE_USAGE_BY_NAME ? name_columns : group_columns, "name");
	sums_print(usage);
	if (json_int(usage, "held_bytes", 0) + json_int(usage, "unreferenced_bytes", 0) > 0)
		cli_next("slipway store gc --dry-run");
	return CLI_OK;
}

static int store_ls(const struct cli *cli, const struct args *args)
{
	auto_json json_t *usage = NULL;
	struct error err = { 0 };

	(void)args; /* takes none */
	if (usage_get(cli, STORE_USAGE_BY_NAME, &usage, &err) < 0)
		return cli_error(&err);
	output_items(cli, json_object_get(usage, "items"), name_columns, "name");
	return CLI_OK;
}

static int grace_parse(const char *text, int64_t *ret_s, struct error *err)
{
	*ret_s = text ? 0 : (int64_t)CONFIG_STORE_GRACE_HOURS * 3600;
	return text && strcmp(text, "0") != 0 ? duration_parse(text, ret_s, err) : 0;
}

static void gc_print(const struct store_gc *gc, const struct store_gc_options *o)
{
	char size[SIZE_TEXT_MAX];
	char grace[TIME_TEXT_MAX];

	printf("%zu blobs, %s %s\n", gc->removed, size_format(gc->removed_bytes, size),
		o->dry_run ? "would be removed" : "removed");
	if (gc->young)
		cli_say("%zu blobs, %s stay: they were written less than %s ago", gc->young,
			size_format(gc->young_bytes, size),
			duration_format(o->grace_s * 1000, grace));
	if (gc->held && !o->keep_held)
		cli_say("%zu images stay though their names are gone: it is less than %s since",
			gc->held, duration_format(o->grace_s * 1000, grace));
	if (o->dry_run && gc->removed)
		cli_next("slipway store gc");
}

static int store_gc_run(const struct cli *cli, const struct args *args)
{
	auto_store *s = NULL;
	auto_json json_t *value = NULL;
	struct store_gc_options o = { .dry_run = args_value(args, "dry-run") };
	struct store_gc gc = { 0 };
	struct error why = { 0 };
	struct error err = { 0 };
	int r = grace_parse(args_value(args, "grace"), &o.grace_s, &err);

	if (r == 0)
		r = open_it(cli, !o.dry_run, &s, &err);
	if (r == 0) {
		o.keep_held = store_needs_held(cli, &why);
		r = o.dry_run ? 0 : audit_record(cli, "store.gc", "store", NULL, &err);
	}
	if (r == 0)
		r = store_gc(s, &o, &gc, &err);
	if (r < 0)
		return cli_error(&err);
	if (o.keep_held && gc.held)
		cli_say("%zu images whose names are gone stay, for machines may be reading them: %s",
			gc.held, why.text);
	value = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I}", "dry_run", o.dry_run, "removed",
		(json_int_t)gc.removed, "removed_bytes", (json_int_t)gc.removed_bytes, "young",
		(json_int_t)gc.young, "young_bytes", (json_int_t)gc.young_bytes, "held",
		(json_int_t)gc.held);
	if (!output_value(cli, value, "removed"))
		gc_print(&gc, &o);
	return CLI_OK;
}

static int names_drop(const struct cli *cli, const json_t *names, bool force, struct error *err)
{
	auto_store *s = NULL;
	const json_t *name;
	size_t i;
	int r = open_it(cli, true, &s, err);

	if (r == 0 && !force)
		r = store_needs_check(cli, names, err);
	json_array_foreach (names, i, name)
		if (r == 0)
			r = audit_record(cli, "store.rm", json_string_value(name), NULL, err);
	return r == 0 ? store_drop_names(s, names, err) : r;
}

static int store_rm(const struct cli *cli, const struct args *args)
{
	auto_json json_t *names = json_array();
	struct error err = { 0 };

	for (int i = 0; i < args->n_operands; i++)
		if (json_array_append_new(names, json_string(args->operands[i])) < 0) {
			(void)fail_code(&err, EINVAL, NULL, "'%s' is no name", args->operands[i]);
			return cli_error(&err);
		}
	if (names_drop(cli, names, args_value(args, "force"), &err) < 0)
		return cli_error(&err);
	cli_say("%d name%s dropped, and the SBOMs of nothing else; the bytes go with 'slipway store gc', %d h from now",
		args->n_operands, args->n_operands == 1 ? " is" : "s are",
		CONFIG_STORE_GRACE_HOURS);
	return CLI_OK;
}

static int store_export(const struct cli *cli, const struct args *args)
{
	auto_store *s = NULL;
	auto_json json_t *list = NULL;
	auto_json json_t *value = NULL;
	struct error err = { 0 };
	const json_t *digest;
	size_t i;
	int r = open_it(cli, false, &s, &err);

	(void)args; /* takes none */
	if (r == 0)
		r = store_export_list(s, &list, &err);
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:O}", "items", list);
	if ((cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL) &&
		output_value(cli, value, "items"))
		return CLI_OK;
	printf("# the blobs of this store, for 'slipway bundle create --since'\n");
	json_array_foreach (list, i, digest)
		printf("%s\n", json_string_value(digest));
	return CLI_OK;
}

static const struct flag df_flags[] = {
	{ .name = "by", .value = "WHAT", .help = "bundle (the default), name or kind" },
	{ NULL },
};

static const struct flag fsck_flags[] = {
	{ .name = "repair",
		.help = "remove damaged blobs at once and put a broken index aside, so that an "
			"import brings it back" },
	{ NULL },
};

static const struct flag gc_flags[] = {
	{ .name = "dry-run", .help = "say what would be removed" },
	{ .name = "grace",
		.value = "TIME",
		.help = "keep what was written or dropped less than TIME ago; 0 keeps nothing" },
	{ NULL },
};

static const struct flag rm_flags[] = {
	{ .name = "force", .help = "do not ask the daemon who needs it" },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "df", "", 0, 0, "Shows what takes how much room.", df_flags, store_df },
	{ "ls", "", 0, 0, "Lists the names in the store.", NULL, store_ls },
	{ "fsck", "", 0, 0, "Hashes every blob and says what to import again.", fsck_flags,
		store_fsck_run },
	{ "gc", "", 0, 0, "Removes what no name refers to.", gc_flags, store_gc_run },
	{ "rm", "NAME...", 1, -1, "Drops names; gc removes their bytes.", rm_flags, store_rm },
	{ "export-list", "", 0, 0, "Prints the digests that are here, for a delta bundle.", NULL,
		store_export },
	{ NULL },
};

const struct noun store_noun = { "store", "what bundles brought: room, health, tidying up", verbs };
