// SPDX-License-Identifier: Apache-2.0
/* slipway bundle import --unsigned: what is no bundle, on the operator's word. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/audit.h"
#include "base/cleanup.h"
#include "base/download.h"
#include "base/json.h"
#include "bundles/foreign.h"
#include "bundles/platform.h"
#include "provisioner/cli/audit.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/output.h"
#include "provisioner/cli/store.h"

static void step_say(const char *text, void *arg)
{
	(void)arg;
	cli_say("%s", text);
}

/* "amd64,arm64" as a list. *ret stays NULL where nothing was given. */
static int arch_parse(const char *text, json_t **ret, struct error *err)
{
	auto_json json_t *list = text ? json_array() : NULL;

	while (text && *text) {
		size_t n = strcspn(text, ",");

		if (json_array_append_new(list, json_stringn(text, n)) < 0)
			return fail_code(err, EINVAL, NULL, "'--arch': no UTF-8");
		text += n + (text[n] == ',');
	}
	*ret = take_ptr(&list);
	return *ret ? platform_words_check(*ret, "'--arch'", err) : 0;
}

static int operands_check(const struct args *args, struct error *err)
{
	const char *path = args->operands[0];

	if (args->n_operands == 1 && strcmp(path, "-") != 0 && !download_is_url(path))
		return 0;
	return fail_code(err, EINVAL, NULL, "--unsigned takes one file, or the folder of a layout");
}

/* Opens the store for writing, and tells the audit log before anything else. */
static int store_begin(
	const struct cli *cli, const struct args *args, struct store **ret, struct error *err)
{
	auto_store *s = NULL;
	const char *name = args_value(args, "name");
	char detail[AUDIT_TEXT_MAX];
	char dir[PATH_MAX];
	int r = store_path(cli, dir, err);

	(void)snprintf(detail, sizeof(detail), "--unsigned%s%s%s", name ? " --name " : "",
		name ? name : "", args_value(args, "os") ? " --os" : "");
	if (r == 0)
		r = store_open(dir, true, &s, err);
	if (r == 0)
		r = store_lock(s, err);
	if (r == 0)
		r = audit_record(cli, "bundle.import", args->operands[0], detail, err);
	if (r == 0)
		*ret = take_ptr(&s);
	return r;
}

static json_t *items_of(const json_t *entries)
{
	json_t *items = json_array();
	const json_t *entry;
	size_t i;

	json_array_foreach (entries, i, entry)
		(void)json_array_append_new(
			items, bundle_entry_json(entry)); /* without memory the list is short */
	return items;
}

static void taken_print(const struct cli *cli, const json_t *items)
{
	static const struct column columns[] = {
		{ .title = "NAME", .path = "name" },
		{ .title = "KIND", .path = "kind" },
		{ .title = "DIGEST", .path = "digest" },
		{ NULL },
	};

	if (json_array_size(items) > 0)
		output_items(cli, items, columns, "name");
	cli_say("%zu names are in the store now, on your word alone: nobody signed them",
		json_array_size(items));
	cli_next("slipway store ls");
}

int bundle_import_unsigned(const struct cli *cli, const struct args *args)
{
	auto_store *s = NULL;
	auto_json json_t *arch = NULL;
	auto_json json_t *entries = NULL;
	auto_json json_t *value = NULL;
	struct foreign_options o = {
		.path = args->operands[0],
		.name = args_value(args, "name"),
		.os = args_value(args, "os"),
		.step = step_say,
	};
	struct error err = { 0 };
	int r = operands_check(args, &err);

	if (r == 0)
		r = arch_parse(args_value(args, "arch"), &arch, &err);
	if (r == 0)
		r = store_begin(cli, args, &s, &err);
	o.store = s;
	o.arch = arch;
	if (r == 0)
		r = foreign_worker_run(&o, &entries, &err);
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:b, s:o}", "signed", false, "entries", items_of(entries));
	if (!output_value(cli, value, "signed"))
		taken_print(cli, json_object_get(value, "entries"));
	return CLI_OK;
}
