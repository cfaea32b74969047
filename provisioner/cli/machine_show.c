// SPDX-License-Identifier: Apache-2.0
/* slipway machine show: inventory, timeline, and what a machine waits for. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/machine.h"
#include "provisioner/cli/output.h"

static void start_cell(const json_t *row, struct buf *out)
{
	clock_format(json_int(row, "start_ms", 0), out);
}

static void took_cell(const json_t *row, struct buf *out)
{
	int64_t start = json_int(row, "start_ms", 0);
	int64_t end = json_int(row, "end_ms", 0);
	char text[TIME_TEXT_MAX];

	if (end > 0)
		buf_puts(out, duration_format(end - start, text));
	else
		age_format(start, out);
}

static void usual_cell(const json_t *row, struct buf *out)
{
	int64_t usual = json_int(row, "usual_ms", 0);
	char text[TIME_TEXT_MAX];

	if (usual > 0)
		buf_puts(out, duration_format(usual, text));
}

static void evidence_cell(const json_t *row, struct buf *out)
{
	int64_t bytes = json_int(row, "bytes", 0);
	int64_t rate = json_int(row, "rate_bps", 0);
	char text[SIZE_TEXT_MAX];

	buf_puts(out, json_str(row, "evidence", ""));
	if (bytes > 0)
		buf_printf(out, "%s%s", out->len ? ", " : "", size_format((uint64_t)bytes, text));
	if (rate > 0)
		buf_printf(out, " at %s/s", size_format((uint64_t)rate, text));
}

static const struct column timeline_columns[] = {
	{ "STAGE", false, "stage", NULL },
	{ "STATUS", false, "status", NULL },
	{ "STARTED", false, NULL, start_cell },
	{ "TOOK", false, NULL, took_cell },
	{ "USUAL", false, NULL, usual_cell },
	{ "EVIDENCE", false, NULL, evidence_cell },
	{ NULL },
};

static void size_cell(const json_t *disk, struct buf *out)
{
	char text[SIZE_TEXT_MAX];

	buf_puts(out, size_format((uint64_t)json_int(disk, "size_bytes", 0), text));
}

static const struct column disk_columns[] = {
	{ "DISK", false, "name", NULL },
	{ "SIZE", false, NULL, size_cell },
	{ "BUS", false, "bus", NULL },
	{ "MODEL", false, "model", NULL },
	{ "SERIAL", false, "serial", NULL },
	{ "HOLDS", false, "holds", NULL },
	{ "WWN", true, "wwn", NULL },
	{ NULL },
};

static void speed_cell(const json_t *nic, struct buf *out)
{
	int64_t mbps = json_int(nic, "speed_mbps", 0);

	if (!json_bool(nic, "link", false))
		buf_puts(out, "no link");
	else if (mbps > 0)
		buf_printf(out, "%lld Mbit/s", (long long)mbps);
	else
		buf_puts(out, "up");
}

static void switch_cell(const json_t *nic, struct buf *out)
{
	const char *port = json_str(nic, "lldp_port", "");

	buf_printf(out, "%s%s%s", json_str(nic, "lldp_switch", ""), *port ? " " : "", port);
}

static const struct column nic_columns[] = {
	{ "NIC", false, "name", NULL },
	{ "MAC", false, "mac", NULL },
	{ "DRIVER", false, "driver", NULL },
	{ "LINK", false, NULL, speed_cell },
	{ "SWITCH", false, NULL, switch_cell },
	{ "PERMANENT MAC", true, "permanent_mac", NULL },
	{ NULL },
};

static void identity_print(const json_t *m)
{
	auto_buf model = { .max = 1024 };
	const char *code = json_at_str(m, "code");

	text_put(stdout, json_at_str(m, "name"));
	printf(" is ");
	text_put(stdout, json_at_str(m, "state"));
	printf("\n");
	buf_printf(&model, "%s %s", json_at_str(m, "vendor"), json_at_str(m, "product"));
	fact_print("reason", json_at_str(m, "reason"));
	fact_print("error", code);
	fact_print("check code", json_at_str(m, "check_code"));
	fact_print("profile", json_at_str(m, "profile"));
	fact_print("address", json_at_str(m, "address"));
	fact_print("model", model.len > 1 ? buf_str(&model) : "");
	fact_print("serial", json_at_str(m, "serial"));
	fact_print("uuid", json_at_str(m, "uuid"));
	fact_print("mac", json_at_str(m, "mac"));
	fact_print("disk", json_at_str(m, "disk"));
	fact_print("image", json_at_str(m, "receipt/image/name"));
	fact_print("written", json_at_str(m, "receipt/written"));
	fact_print("trust", json_at_str(m, "trust"));
	fact_print("id", json_at_str(m, "id"));
}

static void inventory_print(const struct cli *cli, const json_t *inventory)
{
	auto_buf cpu = { .max = 1024 };
	char memory[SIZE_TEXT_MAX];

	if (json_object_size(inventory) == 0)
		return;
	buf_printf(&cpu, "%s, %lld cores", json_at_str(inventory, "cpu/model"),
		(long long)json_integer_value(json_at(inventory, "cpu/cores")));
	fact_print("cpu", buf_str(&cpu));
	fact_print("memory", size_format((uint64_t)json_int(inventory, "memory_bytes", 0), memory));
	fact_print("firmware", json_at_str(inventory, "firmware"));
	printf("\n");
	output_items(cli, json_object_get(inventory, "disks"), disk_columns, "name");
	printf("\n");
	output_items(cli, json_object_get(inventory, "nics"), nic_columns, "name");
}

static void wait_print(const json_t *waits)
{
	int64_t since = json_int(waits, "since_ms", 0);
	auto_buf text = { .max = 1024 };
	char usual[TIME_TEXT_MAX];
	size_t i;
	json_t *check;

	if (since <= 0 || strcmp(json_str(waits, "stage", ""), "ready") == 0)
		return;
	buf_printf(&text, "%s, since ", json_str(waits, "waits_for", "?"));
	clock_format(since, &text);
	buf_puts(&text, " (");
	age_format(since, &text);
	buf_printf(&text, "); usually %s", duration_format(json_int(waits, "usual_ms", 0), usual));
	printf("\nwaits for ");
	text_put(stdout, buf_str(&text));
	printf("\n");
	json_array_foreach (json_object_get(waits, "checks"), i, check)
		fact_print("check", json_string_value(check));
}

int machine_show(const struct cli *cli, const struct args *args)
{
	auto_json json_t *machine = NULL;
	auto_buf path = { .max = 1024 };
	struct error err = { 0 };

	machine_path(&path, args->operands[0], "");
	if (client_call(cli, "GET", buf_str(&path), NULL, &machine, &err) < 0)
		return cli_error(&err);
	if (output_value(cli, machine, "name"))
		return CLI_OK;
	identity_print(machine);
	inventory_print(cli, json_object_get(machine, "inventory"));
	printf("\n");
	output_items(cli, json_object_get(machine, "timeline"), timeline_columns, "stage");
	wait_print(json_object_get(machine, "waits"));
	if (strcmp(json_at_str(machine, "state"), "pending") == 0)
		cli_next("slipway machine approve %s, once its code is that on its screen",
			json_at_str(machine, "name"));
	return CLI_OK;
}
