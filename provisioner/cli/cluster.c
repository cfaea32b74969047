// SPDX-License-Identifier: Apache-2.0
/* slipway cluster */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/kubeconfig_file.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

static void cluster_path(struct buf *path, const char *name, const char *action)
{
	buf_puts(path, "/clusters");
	client_path(path, name);
	buf_puts(path, action);
}

static const struct column check_columns[] = {
	{ "CHECK", false, "name", NULL },
	{ "OK", false, "ok", NULL },
	{ "DETAIL", false, "detail", NULL },
	{ NULL },
};

/* Prints a check's result; false where something is missing. */
static bool check_print(const struct cli *cli, const json_t *result)
{
	const json_t *checks = json_object_get(result, "checks");
	bool fine = true;
	size_t i;
	json_t *one;

	json_array_foreach ((json_t *)checks, i, one)
		fine = fine && json_bool(one, "ok", false);
	if (!output_value(cli, result, "endpoint")) {
		output_items(cli, checks, check_columns, "name");
		cli_say("%s, Kubernetes %s: %s", json_at_str(result, "endpoint"),
			json_at_str(result, "version"),
			fine ? "all is well." : "something is missing.");
	}
	return fine;
}

static int check_run(const struct cli *cli, const char *name, json_t **ret, struct error *err)
{
	auto_buf path = { .max = 1024 };

	cluster_path(&path, name, "/check");
	return client_call(cli, "POST", buf_str(&path), NULL, ret, err);
}

static int cluster_check(const struct cli *cli, const struct args *args)
{
	auto_json json_t *result = NULL;
	struct error err = { 0 };

	if (check_run(cli, args->operands[0], &result, &err) < 0)
		return cli_error(&err);
	return check_print(cli, result) ? CLI_OK : CLI_FAILED;
}

static bool cluster_known(const struct cli *cli, const char *path)
{
	auto_json json_t *cluster = NULL;
	struct error ignored = { 0 };

	return client_call(cli, "GET", path, NULL, &cluster, &ignored) == 0;
}

/* A cluster that cannot be used is not kept, unless one of that name was there before. */
static int add_undo(
	const struct cli *cli, const char *name, const char *path, bool known, struct error *err)
{
	struct error undo = { 0 };

	if (!known && client_call(cli, "DELETE", path, NULL, NULL, &undo) == 0)
		(void)fail_in(err, "'%s' was not added", name);
	else
		(void)fail_in(err, "'%s' has its new kubeconfig, but", name);
	return cli_error(err);
}

static int cluster_add(const struct cli *cli, const struct args *args)
{
	const char *name = args->operands[0];
	const char *driver = args_value(args, "driver");
	auto_free char *kubeconfig = NULL;
	auto_json json_t *body = NULL;
	auto_json json_t *result = NULL;
	auto_buf path = { .max = 1024 };
	struct error err = { 0 };
	bool known;

	if (kubeconfig_file_read(args_value(args, "kubeconfig"), &kubeconfig, &err) < 0)
		return cli_error(&err);
	body = json_pack(
		"{s:s,s:s}", "driver", driver ? driver : "kubernetes", "kubeconfig", kubeconfig);
	cluster_path(&path, name, "");
	known = cluster_known(cli, buf_str(&path));
	if (client_call(cli, "PUT", buf_str(&path), body, NULL, &err) < 0)
		return cli_error(&err);
	if (args_value(args, "no-check"))
		return CLI_OK;
	if (check_run(cli, name, &result, &err) < 0)
		return add_undo(cli, name, buf_str(&path), known, &err);
	if (!check_print(cli, result))
		cli_say("Machines may fail to join '%s' until that is mended.", name);
	cli_next("slipway profile apply FILE.yaml, with 'cluster: %s' in it", name);
	return CLI_OK;
}

static const struct column columns[] = {
	{ "NAME", false, "name", NULL },
	{ "DRIVER", false, "driver", NULL },
	{ "REACHABLE", false, "reachable", NULL },
	{ "TROUBLE", false, "trouble", NULL },
	{ NULL },
};

static int cluster_list(const struct cli *cli, const struct args *args)
{
	auto_json json_t *items = NULL;
	struct error err = { 0 };

	(void)args; /* takes none */
	if (client_list(cli, "/clusters", &items, &err) < 0)
		return cli_error(&err);
	output_items(cli, items, columns, "name");
	if (json_array_size(items) == 0)
		cli_next("slipway cluster add NAME --kubeconfig FILE");
	return CLI_OK;
}

static int cluster_rm(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };

	for (int i = 0; i < args->n_operands; i++) {
		auto_buf path = { .max = 1024 };

		cluster_path(&path, args->operands[i], "");
		if (client_call(cli, "DELETE", buf_str(&path), NULL, NULL, &err) < 0)
			return cli_error(&err);
	}
	return CLI_OK;
}

static const struct flag add_flags[] = {
	{ .name = "kubeconfig",
		.letter = 'k',
		.value = "FILE",
		.help = "where it is and who we are there; '-' reads stdin",
		.required = true },
	{ .name = "driver", .value = "DRIVER", .help = "how machines join (default kubernetes)" },
	{ .name = "no-check", .help = "keep it even where it cannot be reached" },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "add", "NAME", 1, 1, "Adds a cluster, or gives it a new kubeconfig, and checks it.",
		add_flags, cluster_add },
	{ "list", "", 0, 0, "Lists clusters.", NULL, cluster_list },
	{ "check", "NAME", 1, 1,
		"Asks whether it answers and its credential may do what is needed.", NULL,
		cluster_check },
	{ "rm", "NAME...", 1, -1, "Removes clusters; their nodes stay.", NULL, cluster_rm },
	{ NULL },
};

const struct noun cluster_noun = { "cluster", "where machines join", verbs };
