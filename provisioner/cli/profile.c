// SPDX-License-Identifier: Apache-2.0
/* slipway profile */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

static void profile_path(struct buf *path, const char *name)
{
	buf_puts(path, "/profiles");
	client_path(path, name);
}

static int apply_file(const struct cli *cli, const char *file, struct error *err)
{
	auto_json json_t *profile = NULL;
	auto_buf path = { .max = 1024 };
	const char *name;

	if (yaml_read_file(file, &profile, err) < 0)
		return err->number;
	name = json_string_value(json_object_get(profile, "name"));
	if (!name)
		return fail_code(err, EINVAL, "SW-6001", "'%s' has no 'name'", file);
	profile_path(&path, name);
	if (client_call(cli, "PUT", buf_str(&path), profile, NULL, err) < 0)
		return fail_in(err, "'%s'", file);
	printf("%s\n", name);
	return 0;
}

static int profile_apply(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };

	for (int i = 0; i < args->n_operands; i++)
		if (apply_file(cli, args->operands[i], &err) < 0)
			return cli_error(&err);
	cli_next("slipway machine list");
	return CLI_OK;
}

static void disk_cell(const json_t *item, struct buf *out)
{
	const json_t *disk = json_object_get(item, "disk");
	const char *select = json_str(disk, "select", "");

	buf_puts(out, select);
}

static const struct column columns[] = {
	{ "NAME", false, "name", NULL },
	{ "IMAGE", false, "image", NULL },
	{ "CLUSTER", false, "cluster", NULL },
	{ "HOSTNAME", false, "hostname", NULL },
	{ "DISK", true, NULL, disk_cell },
	{ "BOOT", true, "boot", NULL },
	{ NULL },
};

static int profile_list(const struct cli *cli, const struct args *args)
{
	auto_json json_t *items = NULL;
	struct error err = { 0 };

	(void)args; /* takes none */
	if (client_list(cli, "/profiles", &items, &err) < 0)
		return cli_error(&err);
	output_items(cli, items, columns, "name");
	if (json_array_size(items) == 0)
		cli_next("slipway profile apply FILE.yaml");
	return CLI_OK;
}

static int profile_show(const struct cli *cli, const struct args *args)
{
	struct cli shown = *cli;
	auto_json json_t *profile = NULL;
	auto_buf path = { .max = 1024 };
	struct error err = { 0 };

	profile_path(&path, args->operands[0]);
	if (client_call(cli, "GET", buf_str(&path), NULL, &profile, &err) < 0)
		return cli_error(&err);
	if (shown.output == OUTPUT_TABLE || shown.output == OUTPUT_WIDE)
		shown.output = OUTPUT_JSON; /* which is YAML, and can be applied again */
	(void)output_value(&shown, profile, "name");
	return CLI_OK;
}

static int profile_rm(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };

	for (int i = 0; i < args->n_operands; i++) {
		auto_buf path = { .max = 1024 };

		profile_path(&path, args->operands[i]);
		if (client_call(cli, "DELETE", buf_str(&path), NULL, NULL, &err) < 0)
			return cli_error(&err);
	}
	return CLI_OK;
}

static const struct verb verbs[] = {
	{ "apply", "FILE...", 1, -1, "Adds or changes profiles from YAML files.", NULL,
		profile_apply },
	{ "list", "", 0, 0, "Lists profiles.", NULL, profile_list },
	{ "show", "PROFILE", 1, 1, "Shows one with all that it says.", NULL, profile_show },
	{ "rm", "PROFILE...", 1, -1, "Removes profiles.", NULL, profile_rm },
	{ NULL },
};

const struct noun profile_noun = { "profile", "what machines are to become", verbs };
