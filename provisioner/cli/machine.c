// SPDX-License-Identifier: Apache-2.0
/* slipway machine */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/machine.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

void machine_path(struct buf *path, const char *ref, const char *action)
{
	buf_puts(path, "/machines");
	client_path(path, ref);
	buf_puts(path, action);
}

bool machine_is(const json_t *machine, const char *ref)
{
	return strcmp(json_at_str(machine, "id"), ref) == 0 ||
	       strcmp(json_at_str(machine, "name"), ref) == 0 ||
	       strcasecmp(json_at_str(machine, "mac"), ref) == 0 ||
	       strcmp(json_at_str(machine, "serial"), ref) == 0;
}

static void model_cell(const json_t *item, struct buf *out)
{
	const char *vendor = json_at_str(item, "vendor");

	buf_printf(out, "%s%s%s", vendor, *vendor ? " " : "", json_at_str(item, "product"));
}

static void since_cell(const json_t *item, struct buf *out)
{
	age_format(json_int(item, "changed_ms", 0), out);
}

static const struct column columns[] = {
	{ "NAME", false, "name", NULL },
	{ "STATE", false, "state", NULL },
	{ "SINCE", false, NULL, since_cell },
	{ "STAGE", false, "waits/stage", NULL },
	{ "CODE", false, "check_code", NULL },
	{ "MODEL", false, NULL, model_cell },
	{ "SERIAL", false, "serial", NULL },
	{ "PROFILE", false, "profile", NULL },
	{ "MAC", true, "mac", NULL },
	{ "ADDRESS", true, "address", NULL },
	{ "ID", true, "id", NULL },
	{ "TRUST", true, "trust", NULL },
	{ "REASON", true, "reason", NULL },
	{ NULL },
};

static const char *first_pending(const json_t *items)
{
	size_t i;
	json_t *item;

	json_array_foreach ((json_t *)items, i, item) {
		if (strcmp(json_at_str(item, "state"), "pending") == 0)
			return json_at_str(item, "name");
	}
	return NULL;
}

static int machine_list(const struct cli *cli, const struct args *args)
{
	auto_json json_t *items = NULL;
	struct error err = { 0 };
	const char *pending;

	(void)args; /* takes none */
	if (client_list(cli, "/machines", &items, &err) < 0)
		return cli_error(&err);
	output_items(cli, items, columns, "name");
	pending = first_pending(items);
	if (pending)
		cli_next("slipway machine approve %s --profile PROFILE, once its code is compared",
			pending);
	else if (json_array_size(items) == 0)
		cli_say("No machine has been seen yet. Power one on.");
	return CLI_OK;
}

static int approve_one(
	const struct cli *cli, const char *ref, const json_t *body, struct error *err)
{
	auto_buf path = { .max = 1024 };

	machine_path(&path, ref, "/approve");
	return client_call(cli, "POST", buf_str(&path), body, NULL, err);
}

static int approve_many(
	const struct cli *cli, const struct args *args, json_t *body, struct error *err)
{
	json_t *refs = json_array();

	for (int i = 0; i < args->n_operands; i++)
		(void)json_array_append_new(refs, json_string(args->operands[i]));
	if (json_object_set_new(body, "machines", refs) < 0)
		return fail_memory(err);
	return client_call(cli, "POST", "/machines/approve", body, NULL, err);
}

static int machine_approve(const struct cli *cli, const struct args *args)
{
	const char *profile = args_value(args, "profile");
	auto_json json_t *body = json_object();
	struct error err = { 0 };
	int r;

	if (profile)
		(void)json_object_set_new(body, "profile", json_string(profile));
	if (args->n_operands == 1)
		r = approve_one(cli, args->operands[0], body, &err);
	else
		r = approve_many(cli, args, body, &err);
	if (r < 0)
		return cli_error(&err);
	cli_say("Approved: %d machine%s.", args->n_operands, args->n_operands == 1 ? "" : "s");
	cli_next("slipway machine watch");
	return CLI_OK;
}

static int machine_rm(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };

	for (int i = 0; i < args->n_operands; i++) {
		auto_buf path = { .max = 1024 };

		machine_path(&path, args->operands[i], "");
		if (client_call(cli, "DELETE", buf_str(&path), NULL, NULL, &err) < 0)
			return cli_error(&err);
	}
	return CLI_OK;
}

static const struct flag approve_flags[] = {
	{ .name = "profile",
		.letter = 'p',
		.value = "PROFILE",
		.help = "what they become (default: the profile that matches each)" },
	{ NULL },
};

static const struct flag watch_flags[] = {
	{ .name = "until",
		.letter = 'u',
		.value = "STATE",
		.help = "end once every machine named is in this state: ready" },
	{ .name = "timeout",
		.letter = 't',
		.value = "TIME",
		.help = "give up after so long: 30m (exit status 5)" },
	{ NULL },
};

static const struct flag undo_flags[] = {
	{ .name = "export",
		.letter = 'e',
		.value = "FILE",
		.help = "write its bytes there, and print the commands that put them back" },
	{ .name = "seq",
		.letter = 's',
		.value = "N",
		.help = "which of them (default: the newest)" },
	{ NULL },
};

/* A machine is named by its id, name, MAC or serial. */
static const struct verb verbs[] = {
	{ "list", "", 0, 0, "Lists machines.", NULL, machine_list },
	{ "show", "MACHINE", 1, 1, "Shows what it is, its timeline, and what it waits for.", NULL,
		machine_show },
	{ "approve", "MACHINE...", 1, -1,
		"Lets machines be installed. Compare the check codes first.", approve_flags,
		machine_approve },
	{ "watch", "[MACHINE...]", 0, -1, "Follows timelines as they grow, until Ctrl-C.",
		watch_flags, machine_watch },
	{ "disk-undo", "MACHINE", 1, 1,
		"Shows what its disks held before they were written, and gives it out again.",
		undo_flags, machine_undo },
	{ "rm", "MACHINE...", 1, -1, "Forgets machines.", NULL, machine_rm },
	{ NULL },
};

const struct noun machine_noun = { "machine", "servers, from their first packet to Ready", verbs };
