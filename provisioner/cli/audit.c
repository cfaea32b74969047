// SPDX-License-Identifier: Apache-2.0
/* slipway audit */
#include "base/audit.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/cli/audit.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

int audit_record(const struct cli *cli, const char *action, const char *object, const char *detail,
	struct error *err)
{
	const struct audit_entry entry = { action, object, detail, getuid() };

	return audit_append(cli->state_dir, &entry, 1, err);
}

static void time_cell(const json_t *item, struct buf *out)
{
	char text[TIME_TEXT_MAX];

	buf_puts(out, time_format(json_int(item, "time_ms", 0), text));
}

static const struct column columns[] = {
	{ "TIME", false, NULL, time_cell },
	{ "USER", false, "user", NULL },
	{ "ACTION", false, "action", NULL },
	{ "OBJECT", false, "object", NULL },
	{ "DETAIL", false, "detail", NULL },
	{ NULL },
};

/* From the daemon, or from the file where none runs: the log is wanted most when things are bad. */
static int audit_list(const struct cli *cli, const struct args *args)
{
	auto_json json_t *items = NULL;
	struct error err = { 0 };
	int r = client_list(cli, "/audit", &items, &err);

	(void)args; /* takes none */
	if (r == -ENOTCONN)
		r = audit_read(cli->state_dir, AUDIT_READ_MAX, &items, &err);
	if (r < 0)
		return cli_error(&err);
	output_items(cli, items, columns, "action");
	return CLI_OK;
}

static const struct verb verbs[] = {
	{ "list", "", 0, 0, "Lists who changed what, the latest last.", NULL, audit_list },
	{ NULL },
};

const struct noun audit_noun = { "audit", "who changed what on this appliance", verbs };
