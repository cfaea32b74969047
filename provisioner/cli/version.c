// SPDX-License-Identifier: Apache-2.0
/* slipway version */
#include <jansson.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/version.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

static int version_show(const struct cli *cli, const struct args *args)
{
	auto_json json_t *value = json_pack("{s:s}", "version", SLIPWAY_VERSION);

	(void)args; /* takes none */
	if (!output_value(cli, value, "version"))
		printf("slipway %s\n", SLIPWAY_VERSION);
	return CLI_OK;
}

static const struct verb verbs[] = {
	{ "", "", 0, 0, "Prints the version.", NULL, version_show },
	{ NULL },
};

const struct noun version_noun = { "version", "the version of this program", verbs };
