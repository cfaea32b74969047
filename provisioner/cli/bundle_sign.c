// SPDX-License-Identifier: Apache-2.0
/* slipway bundle sign: a second holder's signature. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "bundles/sign.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/output.h"

int bundle_sign(const struct cli *cli, const struct args *args)
{
	const char *path = args->operands[0];
	struct minisign_secret key = { 0 };
	auto_statement st = { 0 };
	struct error err = { 0 };
	auto_json json_t *value = NULL;
	char id[MINISIGN_ID_TEXT];
	char size[SIZE_TEXT_MAX];
	int r = bundle_key_load(args_value(args, "key"), &key, &err);

	(void)minisign_id_format(key.public.id, id);
	if (r == 0)
		r = sign_bundle(path, &key, &st, &err);
	minisign_secret_wipe(&key);
	if (r < 0 && !err.hint[0])
		(void)fail_hint(&err, "The bundle is as it was.");
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:s, s:I, s:s, s:s}", "name", st.name, "version",
		(json_int_t)st.version, "key", id, "file", path);
	if (!output_value(cli, value, "file"))
		printf("%s: %s version %llu, %zu blobs, %s, is signed by key %s too\n", path,
			st.name, (unsigned long long)st.version, st.blob_count,
			size_format(st.blob_bytes, size), id);
	cli_next("slipway bundle verify %s", path);
	return CLI_OK;
}
