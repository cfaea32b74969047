// SPDX-License-Identifier: Apache-2.0
/* Making a bundle: recipe, staging store, statement, archive. */
#include "bundles/create.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/create_image.h"
#include "bundles/demand.h"
#include "bundles/since.h"
#include "bundles/summary.h"
#include "bundles/workdir.h"
#include "bundles/writer.h"

#define PATH_SIZE (PATH_MAX + 16)

/* SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch), or 0 where it is unset. */
static int epoch_read(int64_t *ret_s, bool *ret_set, struct error *err)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end = NULL;
	long long value;

	*ret_s = 0;
	*ret_set = text && *text;
	if (!*ret_set)
		return 0;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end || value < 0 || value > INT64_MAX / 1000)
		return fail_code(err, EINVAL, "SW-6003",
			"SOURCE_DATE_EPOCH '%.40s' is no number of seconds", text);
	*ret_s = value;
	return 0;
}

static const struct {
	const char *key;
	int (*add)(struct create_job *job, const json_t *item, struct error *err);
} lists[] = {
	{ "images", create_image },
	{ "containers", create_container },
	{ "archives", create_archive },
	{ "files", create_file },
};

static int items_add(struct create_job *job, struct error *err)
{
	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		const json_t *item;
		size_t i;

		json_array_foreach (json_object_get(job->recipe->json, lists[l].key), i, item)
			if (lists[l].add(job, item, err) < 0)
				return fail_in(err, "'%s'",
					json_str(item, "name", json_str(item, "source", "")));
	}
	if (demand_meet(job, err) < 0)
		return err->number;
	return store_update_index(job->store, job->entries, NULL, NULL, err);
}

struct written {
	const struct create_options *options;
	uint64_t done;
	uint64_t total;
};

static void written_tell(uint64_t more, void *arg)
{
	struct written *w = arg;

	w->done += more;
	if (w->options->progress)
		w->options->progress(w->done, w->total, w->options->arg);
}

/* Writes the archive under a name of its own, then gives it the output's. */
static int archive_put(const struct create_options *o, struct store *s, const struct statement *st,
	const char *partial, struct error *err)
{
	struct written w = { .options = o, .total = st->blob_bytes - st->absent_bytes };
	const struct writer_options wo = {
		.key = o->key, .zstd = o->zstd, .progress = written_tell, .progress_arg = &w
	};
	auto_close int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r = fd < 0 ? fail(err, errno, "creating '%s'", partial)
		       : writer_write(s, st, &wo, fd, err);
	if (r == 0 && fsync(fd) < 0)
		r = fail(err, errno, "syncing '%s'", partial);
	if (r == 0 && rename(partial, o->output) < 0)
		r = fail(err, errno, "renaming '%s' to '%s'", partial, o->output);
	return r;
}

/* Leaves out what the site has. */
static int delta_mark(const struct create_options *o, struct statement *st, struct error *err)
{
	auto_since bundle = { 0 };
	auto_since list = { 0 };
	int r = o->since ? since_load_bundle(o->since, &bundle, err) : 0;

	if (r == 0 && o->since_list)
		r = since_load_list(o->since_list, &list, err);
	since_apply(&bundle, st);
	since_apply(&list, st);
	return r;
}

static int stage(const struct create_options *o, const struct recipe *recipe, const char *work,
	struct statement *st, json_t **ret_summary, struct error *err)
{
	auto_store *s = NULL;
	auto_json json_t *entries = json_array();
	struct create_job job = {
		.recipe = recipe, .work = work, .entries = entries, .step = o->step, .arg = o->arg
	};
	char path[PATH_SIZE];
	bool dated;
	int r = epoch_read(&job.newest, &dated, err);

	if (r == 0 && dated)
		(void)time_format(job.newest * 1000, st->created);
	(void)snprintf(path, sizeof(path), "%s/store", work);
	if (r == 0)
		r = store_open_with(path, true, &store_ops_volatile, &s, err);
	job.store = s;
	if (r == 0)
		r = store_lock(s, err);
	if (r == 0)
		r = items_add(&job, err);
	if (r == 0)
		r = writer_state(s, st, err);
	if (r == 0)
		r = delta_mark(o, st, err);
	if (r == 0)
		r = summary_make(s, ret_summary, err);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/bundle", work);
	if (o->step)
		o->step("writing and signing the bundle", o->arg);
	return archive_put(o, s, st, path, err);
}

int create_bundle(const struct create_options *o, struct statement *ret, json_t **ret_summary,
	struct error *err)
{
	auto_json json_t *summary = NULL;
	auto_recipe recipe = { 0 };
	auto_workdir work = WORKDIR_INIT;
	struct statement st = { 0 };
	int r = recipe_load(o->recipe, &recipe, err);

	if (r == 0)
		r = workdir_make(&work, o->output, err);
	if (r < 0)
		return r;
	memcpy(st.name, recipe.name, sizeof(st.name));
	st.version = recipe.version;
	r = stage(o, &recipe, work.path, &st, &summary, err);
	if (r < 0) {
		statement_done(&st);
		return r;
	}
	*ret = st;
	*ret_summary = take_ptr(&summary);
	return 0;
}
