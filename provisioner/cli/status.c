// SPDX-License-Identifier: Apache-2.0
/* slipway status */
#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

/* "2 ready, 1 pending", in the order of the API, without the states that no machine is in. */
static void machines_format(const json_t *counts, struct buf *out)
{
	const char *state;
	json_t *count;

	json_object_foreach ((json_t *)counts, state, count) {
		if (json_integer_value(count) > 0)
			buf_printf(out, "%s%lld %s", out->len ? ", " : "",
				(long long)json_integer_value(count), state);
	}
	if (out->len == 0)
		buf_puts(out, "none seen yet");
}

static void ports_format(const json_t *status, struct buf *out)
{
	buf_printf(out, "boot files and registry %lld, machines %lld",
		(long long)json_int(status, "http_port", 0),
		(long long)json_int(status, "machine_port", 0));
}

static void status_print(const json_t *status)
{
	auto_buf machines = { .max = 1024 };
	auto_buf ports = { .max = 256 };
	auto_buf age = { .max = 64 };
	auto_buf at = { .max = 256 };

	machines_format(json_object_get(status, "machines"), &machines);
	ports_format(status, &ports);
	age_format(json_int(status, "started_ms", 0), &age);
	buf_printf(&at, "%s, %s", json_at_str(status, "interface"), json_at_str(status, "address"));
	fact_print("serves on", buf_str(&at));
	fact_print("ports", buf_str(&ports));
	fact_print("machines", buf_str(&machines));
	fact_print("dhcp", json_at_str(status, "boot/mode"));
	fact_print("other dhcp", json_at_str(status, "boot/foreign_dhcp"));
	fact_print("up for", buf_str(&age));
	fact_print("state", json_at_str(status, "state_dir"));
	fact_print("pin", json_at_str(status, "pin"));
	fact_print("version", json_at_str(status, "version"));
}

static void since_cell(const json_t *service, struct buf *out)
{
	age_format(json_int(service, "since_ms", 0), out);
}

static const struct column service_columns[] = {
	{ "SERVICE", false, "name", NULL },
	{ "STATE", false, "state", NULL },
	{ "SINCE", false, NULL, since_cell },
	{ "RESTARTS", false, "restarts", NULL },
	{ "PID", true, "pid", NULL },
	{ "LAST END", false, "last_end", NULL },
	{ NULL },
};

static void services_print(const struct cli *cli, const json_t *boot)
{
	const json_t *services = json_object_get(boot, "services");
	size_t i;
	json_t *alarm;

	if (json_array_size(services) > 0) {
		printf("\n");
		output_items(cli, services, service_columns, "name");
	}
	json_array_foreach (json_object_get(boot, "alarms"), i, alarm)
		cli_say("alarm: %s %s", json_at_str(alarm, "code"), json_at_str(alarm, "text"));
}

static int status_show(const struct cli *cli, const struct args *args)
{
	auto_json json_t *status = NULL;
	struct error err = { 0 };

	(void)args; /* takes none */
	if (client_call(cli, "GET", "/status", NULL, &status, &err) < 0)
		return cli_error(&err);
	if (!output_value(cli, status, "version")) {
		status_print(status);
		services_print(cli, json_object_get(status, "boot"));
		cli_next("slipway machine list");
	}
	return CLI_OK;
}

static const struct verb verbs[] = {
	{ "", "", 0, 0, "Shows what the appliance serves and how it does.", NULL, status_show },
	{ NULL },
};

const struct noun status_noun = { "status", "what the appliance serves and how it does", verbs };
