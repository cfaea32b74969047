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
#include "provisioner/cli/audit.h"
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

static int parts_feed(int fd, void *arg, struct error *err)
{
	return part_set_write(arg, fd, err);
}

/* What an import or a verification reads: one file, stream or URL, or parts of one. */
struct given {
	char *const *paths;
	int count;
	struct part_set parts;
	struct part part; /* where the first one is a part */
	struct worker_feed feed;
};

/* 0, or 1 where the first file is a part, and feed.fd stands behind its header. */
static int given_open(struct given *g, struct error *err)
{
	int r;

	g->feed = (struct worker_feed){ .fd = -1 };
	if (g->count == 1 && download_is_url(g->paths[0])) {
		g->feed.run = url_feed;
		g->feed.arg = g->paths[0];
		return 0;
	}
	r = bundle_open_file(g->paths[0], &g->feed.fd, err);
	if (r == 0 && (r = part_read(g->feed.fd, &g->part, err)) < 0)
		return fail_in(err, "'%s'", g->paths[0]);
	if (r == 1 && g->count > 1)
		return fail_code(err, EINVAL, NULL,
			"'%s' is no part of a bundle; several files are the parts of one",
			g->paths[0]);
	return r < 0 ? r : !r;
}

static int given_join(const struct cli *cli, struct given *g, struct error *err)
{
	close(take_fd(&g->feed.fd));
	g->feed.run = parts_feed;
	g->feed.arg = &g->parts;
	return bundle_parts(cli, g->paths, g->count, &g->parts, err);
}

static void given_done(struct given *g)
{
	cleanup_close(&g->feed.fd);
	part_set_done(&g->parts);
}
#define auto_given __attribute__((cleanup(given_done))) struct given

/* Runs an import, or a verification where there is no store, under a bar. */
static int run(const struct cli *cli, struct given *g, struct import_options *o,
	struct import_result *ret, struct error *err)
{
	struct progress progress;
	int r;

	progress_start(&progress, cli, o->store ? "importing" : "verifying");
	o->progress = bytes_tell;
	o->progress_arg = &progress;
	r = import_worker_run(&g->feed, o, ret, err);
	progress_end(&progress);
	if (r == 0)
		return 0;
	if (!err->hint[0] && o->store)
		(void)fail_hint(err,
			"No name in the store was changed. Copy the bundle again, or ask "
			"who made it.");
	return g->feed.run ? r : fail_in(err, "'%s'", g->paths[0]);
}

static int import_given(const struct cli *cli, char *const *paths, int count, bool allow_rollback)
{
	auto_given given = { .paths = paths, .count = count };
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
	if (r == 0 && allow_rollback)
		r = audit_record(cli, "bundle.import", paths[0], "--allow-rollback", &err);
	if (r == 0)
		r = given_open(&given, &err);
	if (r == 1)
		r = given_join(cli, &given, &err);
	if (r == 0)
		r = run(cli, &given, &o, &result, &err);
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

int bundle_import_file(const struct cli *cli, const char *path, bool allow_rollback)
{
	char *paths[] = { (char *)path }; /* only read */

	return import_given(cli, paths, 1, allow_rollback);
}

/* True where an option was given that is for what is no bundle. */
static bool is_for_unsigned(const struct args *args)
{
	return args_value(args, "name") || args_value(args, "os") || args_value(args, "arch");
}

int bundle_import(const struct cli *cli, const struct args *args)
{
	struct error err = { 0 };
	int r;

	if (args_value(args, "unsigned"))
		return bundle_import_unsigned(cli, args);
	if (is_for_unsigned(args)) {
		(void)fail_code(&err, EINVAL, NULL,
			"--name, --os and --arch go with --unsigned: a bundle says these itself");
		return cli_error(&err);
	}
	r = import_given(cli, args->operands, args->n_operands, args_value(args, "allow-rollback"));
	if (r == CLI_OK)
		cli_next("slipway image list");
	return r;
}

int bundle_verify(const struct cli *cli, const struct args *args)
{
	auto_given given = { .paths = args->operands, .count = args->n_operands };
	auto_trust trust = { 0 };
	auto_import_result result = { 0 };
	auto_json json_t *value = NULL;
	struct import_options o = { .trust = &trust };
	struct error err = { 0 };
	char size[SIZE_TEXT_MAX];
	int r = bundle_trust(cli, args_value(args, "pub"), &trust, &err);

	if (r == 0)
		r = given_open(&given, &err);
	if (r == 1 && given.count == 1 && given.part.count > 1)
		return bundle_verify_part(cli, given.paths[0], given.feed.fd, &given.part);
	if (r == 1)
		r = given_join(cli, &given, &err);
	if (r == 0)
		r = run(cli, &given, &o, &result, &err);
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
