// SPDX-License-Identifier: Apache-2.0
/* slipway status */
#include "base/cleanup.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

static int status_show(const struct cli *cli, const struct args *args)
{
	auto_json json_t *status = NULL;
	struct error err = { 0 };

	(void)args; /* takes none */
	if (client_call(cli, "GET", "/status", NULL, &status, &err) < 0)
		return cli_error(&err);
	if (!output_value(cli, status, "version")) {
		facts_print(status);
		cli_next("slipway machine list");
	}
	return CLI_OK;
}

static const struct verb verbs[] = {
	{ "", "", 0, 0, "Shows what the appliance serves and how it does.", NULL, status_show },
	{ NULL },
};

const struct noun status_noun = { "status", "what the appliance serves and how it does", verbs };
