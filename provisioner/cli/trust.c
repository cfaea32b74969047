// SPDX-License-Identifier: Apache-2.0
/* slipway trust: the keys whose bundles the appliance takes. */
#include "bundles/trust.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "provisioner/cli/audit.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

static int folder(const struct cli *cli, char out[static PATH_MAX], struct error *err)
{
	int n = snprintf(out, PATH_MAX, "%s/trust", cli->state_dir);

	return n < 0 || n >= PATH_MAX ? fail(err, ENAMETOOLONG, "'%.80s'", cli->state_dir) : 0;
}

static int trust_list(const struct cli *cli, const struct args *args)
{
	static const struct column columns[] = {
		{ .title = "NAME", .path = "name" },
		{ .title = "ID", .path = "id" },
		{ NULL },
	};
	auto_trust trust = { 0 };
	auto_json json_t *items = json_array();
	struct error err = { 0 };
	char dir[PATH_MAX];
	char id[MINISIGN_ID_TEXT];
	int r = folder(cli, dir, &err);

	(void)args; /* takes none */
	if (r == 0)
		r = trust_load(dir, &trust, &err);
	if (r < 0)
		return cli_error(&err);
	for (size_t i = 0; i < trust.count; i++)
		(void)json_array_append_new(
			items, json_pack("{s:s, s:s}", "name", trust.keys[i].name, "id",
				       minisign_id_format(trust.keys[i].public.id, id)));
	output_items(cli, items, columns, "name");
	if (trust.count == 0)
		cli_next("slipway trust add KEY.pub");
	else if (trust_needed(&trust) > 1)
		cli_say("a bundle needs the signatures of %zu of them", trust_needed(&trust));
	return CLI_OK;
}

/* Puts it into the audit log that the key in a file is to be trusted, unless it is already. */
static int add_record(const struct cli *cli, const char *dir, const char *path, struct error *err)
{
	auto_trust given = { 0 };
	auto_trust trust = { 0 };
	const struct trust_key *same;
	char id[MINISIGN_ID_TEXT];
	int r = trust_load_file(path, &given, err);

	if (r == 0)
		r = trust_load(dir, &trust, err);
	if (r < 0)
		return r;
	same = trust_find(&trust, given.keys->public.id);
	if (same && memcmp(&same->public, &given.keys->public, sizeof(same->public)) == 0)
		return 0;
	return audit_record(cli, "trust.add", given.keys->name,
		minisign_id_format(given.keys->public.id, id), err);
}

static int trust_add_key(const struct cli *cli, const struct args *args)
{
	struct trust_key key = { 0 };
	struct error err = { 0 };
	char dir[PATH_MAX];
	char id[MINISIGN_ID_TEXT];
	int r = folder(cli, dir, &err);

	if (r == 0)
		r = add_record(cli, dir, args->operands[0], &err);
	if (r == 0)
		r = trust_add(dir, args->operands[0], &key, &err);
	if (r < 0)
		return cli_error(&err);
	cli_say("key '%s' (%s) is trusted%s", key.name, minisign_id_format(key.public.id, id),
		r == 1 ? " already" : "");
	cli_next("slipway bundle import FILE");
	return CLI_OK;
}

static int trust_rm(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };
	char dir[PATH_MAX];
	int r = folder(cli, dir, &err);

	if (r == 0)
		r = audit_record(cli, "trust.rm", args->operands[0], NULL, &err);
	if (r == 0)
		r = trust_remove(dir, args->operands[0], &err);
	if (r < 0)
		return cli_error(&err);
	cli_say("key '%s' is not trusted any more; what was imported stays", args->operands[0]);
	return CLI_OK;
}

static int trust_threshold(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };
	char dir[PATH_MAX];
	char *end;
	unsigned long k = strtoul(args->operands[0], &end, 10);
	int r = folder(cli, dir, &err);

	if (*end || end == args->operands[0])
		k = 0; /* refused with the number that is possible */
	if (r == 0)
		r = audit_record(cli, "trust.threshold", args->operands[0], NULL, &err);
	if (r == 0)
		r = trust_set_threshold(dir, k, &err);
	if (r < 0)
		return cli_error(&err);
	cli_say("a bundle needs the signatures of %lu trusted key%s now; what was imported stays",
		k, k == 1 ? "" : "s");
	return CLI_OK;
}

static int trust_replace_key(const struct cli *cli, const struct args *args)
{
	struct trust_key old = { 0 };
	struct trust_key key = { 0 };
	struct error err = { 0 };
	char dir[PATH_MAX];
	char old_id[MINISIGN_ID_TEXT];
	char id[MINISIGN_ID_TEXT];
	int r = folder(cli, dir, &err);

	if (r == 0)
		r = audit_record(
			cli, "trust.replace", args->operands[0], args_value(args, "signed"), &err);
	if (r == 0)
		r = trust_replace(
			dir, args->operands[0], args_value(args, "signed"), &old, &key, &err);
	if (r < 0)
		return cli_error(&err);
	cli_say("key '%s' (%s) is trusted in the place of '%s' (%s), which signed it and can't come back",
		key.name, minisign_id_format(key.public.id, id), old.name,
		minisign_id_format(old.public.id, old_id));
	return CLI_OK;
}

static const struct flag replace_flags[] = {
	{ .name = "signed",
		.value = "FILE.minisig",
		.help = "the old key's signature of KEY.pub",
		.required = true },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "list", "", 0, 0, "Lists the trusted keys.", NULL, trust_list },
	{ "add", "KEY.pub", 1, 1, "Trusts a public key.", NULL, trust_add_key },
	{ "rm", "NAME|ID", 1, 1, "Trusts a key no more.", NULL, trust_rm },
	{ "threshold", "K", 1, 1, "Sets how many trusted keys must have signed a bundle.", NULL,
		trust_threshold },
	{ "replace", "KEY.pub", 1, 1, "Trusts a key that a trusted one signed, in its place.",
		replace_flags, trust_replace_key },
	{ NULL },
};

const struct noun trust_noun = { "trust", "the keys whose bundles are taken", verbs };
