// SPDX-License-Identifier: Apache-2.0
/* slipway store fsck */
#include "bundles/store_fsck.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/cli/audit.h"
#include "provisioner/cli/output.h"
#include "provisioner/cli/progress.h"
#include "provisioner/cli/store.h"

static int bytes_tell(uint64_t done, uint64_t total, void *arg)
{
	progress_set(arg, done, total);
	return 0;
}

static json_t *result_json(const struct store_fsck *f, bool repaired)
{
	return json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:O, s:O, s:O}", "good",
		!store_fsck_is_bad(f), "repaired", repaired && store_fsck_is_bad(f), "blobs",
		(json_int_t)f->blobs, "bytes", (json_int_t)f->bytes, "damaged",
		(json_int_t)f->damaged, "missing", (json_int_t)f->missing, "unreferenced",
		(json_int_t)f->unreferenced, "unreferenced_bytes",
		(json_int_t)f->unreferenced_bytes, "index", f->index.number ? f->index.text : "ok",
		"findings", f->findings, "import_again", f->again, "foreign", f->foreign);
}

static void findings_print(const struct cli *cli, const struct store_fsck *f)
{
	static const struct column columns[] = {
		{ .title = "PROBLEM", .path = "problem" },
		{ .title = "DIGEST", .path = "digest" },
		{ .title = "NEEDED BY", .path = "needed_by" },
		{ NULL },
	};

	if (f->index.number)
		cli_say("%s", f->index.text);
	if (json_array_size(f->findings) > 0)
		output_items(cli, f->findings, columns, "digest");
	if (f->damaged + f->missing > json_array_size(f->findings))
		cli_say("only the first %d are listed", STORE_FINDINGS_MAX);
}

static void rest_print(const struct store_fsck *f)
{
	char size[SIZE_TEXT_MAX];
	const json_t *name;
	size_t i;

	json_array_foreach (f->foreign, i, name)
		cli_say("not a blob, left alone: blobs/sha256/%s", json_string_value(name));
	if (f->unreferenced)
		cli_say("%zu blobs (%s) are needed by no name: slipway store gc", f->unreferenced,
			size_format(f->unreferenced_bytes, size));
}

/* What brings the damaged things back. */
static void again_print(const struct store_fsck *f, bool repaired)
{
	const json_t *item;
	size_t i;

	if (!repaired && (f->unmarked || f->index.number))
		cli_next("slipway store fsck --repair   (as who owns the store: removes what is "
			 "damaged, so that an import brings it back)");
	if (f->index.number)
		cli_say("import every bundle again: blobs that are here are read, not written");
	json_array_foreach (f->again, i, item) {
		const char *bundle = json_str(item, "bundle", "");

		if (bundle[0])
			cli_say("import again: bundle %s version %lld, for %zu of its names",
				bundle, (long long)json_int(item, "version", 0),
				json_array_size(json_object_get(item, "names")));
		else
			cli_say("bring again what no bundle brought: %zu names",
				json_array_size(json_object_get(item, "names")));
	}
}

static void people_print(const struct cli *cli, const struct store_fsck *f, bool repaired)
{
	char size[SIZE_TEXT_MAX];

	findings_print(cli, f);
	rest_print(f);
	if (store_fsck_is_bad(f))
		printf("%zu blobs, %s: %zu damaged%s, %zu missing%s\n", f->blobs,
			size_format(f->bytes, size), f->damaged,
			repaired && f->damaged ? " and removed" : "", f->missing,
			f->index.number ? "; index.json cannot be read" : "");
	else
		printf("%zu blobs, %s: all good\n", f->blobs, size_format(f->bytes, size));
	again_print(f, repaired);
}

int store_fsck_run(const struct cli *cli, const struct args *args)
{
	auto_store *store = NULL;
	auto_fsck result = { 0 };
	auto_json json_t *value = NULL;
	struct progress progress;
	struct error err = { 0 };
	char dir[PATH_MAX];
	struct store_fsck_options o = {
		.repair = args_value(args, "repair"),
		.progress = bytes_tell,
		.progress_arg = &progress,
	};
	int r = store_path(cli, dir, &err);

	if (r == 0)
		r = store_open_unread(dir, &store_ops_disk, &store, &err);
	if (r == 0 && o.repair)
		r = store_lock(store, &err);
	if (r == 0 && o.repair)
		r = audit_record(cli, "store.repair", "store", NULL, &err);
	if (r < 0)
		return cli_error(&err);
	progress_start(&progress, cli, "checking");
	r = store_fsck(store, &o, &result, &err);
	progress_end(&progress);
	if (r < 0)
		return cli_error(&err);
	value = result_json(&result, o.repair);
	if (!output_value(cli, value, "good"))
		people_print(cli, &result, o.repair);
	return store_fsck_is_bad(&result) ? CLI_UNVERIFIED : CLI_OK;
}
