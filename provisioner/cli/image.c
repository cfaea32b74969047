// SPDX-License-Identifier: Apache-2.0
/* slipway image */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

static void size_cell(const json_t *item, struct buf *out)
{
	int64_t bytes = json_int(item, "size_bytes", 0);
	char text[SIZE_TEXT_MAX];

	if (bytes > 0)
		buf_puts(out, size_format((uint64_t)bytes, text));
}

static const struct column columns[] = {
	{ "NAME", false, "name", NULL },
	{ "KIND", false, "kind", NULL },
	{ "SIZE", false, NULL, size_cell },
	{ "REPOSITORY", false, "repository", NULL },
	{ "MANIFEST", true, "manifest", NULL },
	{ NULL },
};

static int image_list(const struct cli *cli, const struct args *args)
{
	auto_json json_t *items = NULL;
	struct error err = { 0 };

	(void)args; /* takes none */
	if (client_list(cli, "/images", &items, &err) < 0)
		return cli_error(&err);
	output_items(cli, items, columns, "name");
	if (json_array_size(items) == 0)
		cli_next("slipway bundle import FILE");
	return CLI_OK;
}

static const struct verb verbs[] = {
	{ "list", "", 0, 0, "Lists the OS images that machines can be installed from.", NULL,
		image_list },
	{ NULL },
};

const struct noun image_noun = { "image", "OS images in the store", verbs };
