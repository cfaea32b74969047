// SPDX-License-Identifier: Apache-2.0
/* slipway bundle import and verify: a child process reads the bundle, this one shows how far it is.
 */
#include <limits.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/download.h"
#include "base/json.h"
#include "bundles/import_worker.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/output.h"
#include "provisioner/cli/progress.h"

static int bytes_tell(const struct import_progress *p, void *arg)
{
	progress_set(arg, p->done_bytes, p->total_bytes);
	return 0;
}

static int url_feed(int fd, void *arg, struct error *err)
{
	return download_run(arg, fd, err);
}

static int feed_open(const char *path, struct import_feed *ret, struct error *err)
{
	*ret = (struct import_feed){ .fd = -1 };
	if (!download_is_url(path))
		return bundle_open_file(path, &ret->fd, err);
	ret->run = url_feed;
	ret->arg = (void *)path; /* only read */
	return 0;
}

/* Runs an import, or a verification where there is no store, under a bar. */
static int run(const struct cli *cli, const char *path, struct import_options *o,
	struct import_result *ret, struct error *err)
{
	struct import_feed feed;
	struct progress progress;
	int r = feed_open(path, &feed, err);

	if (r < 0)
		return r;
	progress_start(&progress, cli, o->store ? "importing" : "verifying");
	o->progress = bytes_tell;
	o->progress_arg = &progress;
	r = import_worker_run(&feed, o, ret, err);
	progress_end(&progress);
	cleanup_close(&feed.fd);
	if (r == 0)
		return 0;
	if (!err->hint[0] && o->store)
		(void)fail_hint(err,
			"No name in the store was changed. Copy the bundle again, or ask "
			"who made it.");
	return feed.run ? r : fail_in(err, "'%s'", path);
}

int bundle_import_file(const struct cli *cli, const char *path, bool allow_rollback)
{
	auto_trust trust = { 0 };
	auto_store *store = NULL;
	auto_import_result result = { 0 };
	auto_json json_t *value = NULL;
	struct import_options o = { .trust = &trust, .allow_rollback = allow_rollback };
	struct error err = { 0 };
	char dir[PATH_MAX];
	char size[SIZE_TEXT_MAX];
	int r = bundle_trust(cli, NULL, &trust, &err);

	(void)snprintf(dir, sizeof(dir), "%s/store", cli->state_dir);
	if (r == 0)
		r = store_open(dir, true, &store, &err);
	o.store = store;
	if (r == 0)
		r = run(cli, path, &o, &result, &err);
	if (r < 0)
		return cli_error(&err);
	value = bundle_result_json(&result);
	(void)json_object_set_new(
		value, "written_bytes", json_integer((json_int_t)result.written_bytes));
	(void)json_object_set_new(
		value, "present_blobs", json_integer((json_int_t)result.present_blobs));
	if (!output_value(cli, value, "name"))
		printf("%s version %llu is imported, signed by '%s': %zu blobs, %zu of them here before; "
		       "%s written\n",
			result.statement.name, (unsigned long long)result.statement.version,
			result.signatures.names, result.statement.blob_count, result.present_blobs,
			size_format(result.written_bytes, size));
	return CLI_OK;
}

int bundle_import(const struct cli *cli, const struct args *args)
{
	int r = bundle_import_file(cli, args->operands[0], args_value(args, "allow-rollback"));

	if (r == CLI_OK)
		cli_next("slipway image list");
	return r;
}

int bundle_verify(const struct cli *cli, const struct args *args)
{
	auto_trust trust = { 0 };
	auto_import_result result = { 0 };
	auto_json json_t *value = NULL;
	struct import_options o = { .trust = &trust };
	struct error err = { 0 };
	char size[SIZE_TEXT_MAX];
	int r = bundle_trust(cli, args_value(args, "pub"), &trust, &err);

	if (r == 0)
		r = run(cli, args->operands[0], &o, &result, &err);
	if (r < 0)
		return cli_error(&err);
	value = bundle_result_json(&result);
	if (!output_value(cli, value, "name"))
		printf("%s version %llu is good: signed by '%s', %zu blobs, %s\n",
			result.statement.name, (unsigned long long)result.statement.version,
			result.signatures.names, result.statement.blob_count,
			size_format(result.statement.blob_bytes, size));
	return CLI_OK;
}
