// SPDX-License-Identifier: Apache-2.0
/* slipway enrol: windows in which machines are approved without a click. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

#define WINDOWS "/enrol/windows"

static int count_parse(const char *text, int64_t *ret, struct error *err)
{
	char *end;

	*ret = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || *ret < 1 || *ret > 100000)
		return fail_code(err, EINVAL, NULL, "'--count %s' is no number of machines", text);
	return 0;
}

static json_t *window_make(const struct args *args, struct error *err)
{
	const char *profile = args_value(args, "profile");
	int64_t count;
	int64_t for_s;
	json_t *body;

	if (count_parse(args_value(args, "count"), &count, err) < 0)
		return NULL;
	if (duration_parse(args_value(args, "for"), &for_s, err) < 0) {
		err->number = -EINVAL;
		return NULL;
	}
	body = json_pack("{s:I,s:I}", "count", (json_int_t)count, "for_s", (json_int_t)for_s);
	if (body && profile)
		(void)json_object_set_new(body, "profile", json_string(profile));
	if (!body)
		(void)fail_memory(err);
	return body;
}

static int enrol_open(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };
	auto_json json_t *body = window_make(args, &err);
	auto_json json_t *window = NULL;

	if (!body || client_call(cli, "POST", WINDOWS, body, &window, &err) < 0)
		return cli_error(&err);
	if (!output_value(cli, window, "id")) {
		printf("%s\n", json_at_str(window, "id"));
		cli_say("The next %s machines are approved without a click, for %s. Machines whose disk "
			"holds data are not.",
			args_value(args, "count"), args_value(args, "for"));
		cli_next("slipway machine watch");
	}
	return CLI_OK;
}

static void left_cell(const json_t *item, struct buf *out)
{
	int64_t left = json_int(item, "until_ms", 0) - now_ms();
	char text[TIME_TEXT_MAX];

	if (json_bool(item, "open", left > 0) && left > 0)
		buf_puts(out, duration_format(left, text));
	else
		buf_puts(out, "closed");
}

static void used_cell(const json_t *item, struct buf *out)
{
	buf_printf(out, "%lld of %lld", (long long)json_int(item, "used", 0),
		(long long)json_int(item, "count", 0));
}

static const struct column columns[] = {
	{ "ID", false, "id", NULL },
	{ "MACHINES", false, NULL, used_cell },
	{ "LEFT", false, NULL, left_cell },
	{ "PROFILE", false, "profile", NULL },
	{ NULL },
};

static int enrol_list(const struct cli *cli, const struct args *args)
{
	auto_json json_t *items = NULL;
	struct error err = { 0 };

	(void)args; /* takes none */
	if (client_list(cli, WINDOWS, &items, &err) < 0)
		return cli_error(&err);
	output_items(cli, items, columns, "id");
	return CLI_OK;
}

static int enrol_close(const struct cli *cli, const struct args *args)
{
	auto_buf path = { .max = 1024 };
	struct error err = { 0 };

	buf_puts(&path, WINDOWS);
	client_path(&path, args->operands[0]);
	if (client_call(cli, "DELETE", buf_str(&path), NULL, NULL, &err) < 0)
		return cli_error(&err);
	cli_say("The window is closed; machines it let in stay approved.");
	return CLI_OK;
}

static const struct flag open_flags[] = {
	{ .name = "count",
		.letter = 'n',
		.value = "N",
		.help = "at most so many machines",
		.required = true },
	{ .name = "for", .value = "TIME", .help = "so long: 90s, 30m, 2h", .required = true },
	{ .name = "profile",
		.letter = 'p',
		.value = "PROFILE",
		.help = "what they become (default: the profile that matches each)" },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "open", "", 0, 0, "Opens a window: machines are approved without a click.", open_flags,
		enrol_open },
	{ "list", "", 0, 0, "Lists windows.", NULL, enrol_list },
	{ "close", "ID", 1, 1, "Closes a window.", NULL, enrol_close },
	{ NULL },
};

const struct noun enrol_noun = { "enrol", "windows for machines nobody has to click for", verbs };
