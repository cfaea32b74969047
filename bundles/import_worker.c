// SPDX-License-Identifier: Apache-2.0
/* What a child that imports and its parent say to each other. */
#include "bundles/import_worker.h"

#include <string.h>

#include "base/cleanup.h"

enum message_kind {
	MESSAGE_STATEMENT = WORKER_KIND_FIRST, /* its text */
	MESSAGE_PROGRESS,                      /* struct import_progress, without its pointers */
	MESSAGE_RESULT,                        /* struct import_result, likewise */
};

struct job {
	const struct import_options *options;
	int out;      /* the child's */
	bool told;    /* the statement was sent */
	bool brought; /* the result came */
	struct import_result result;
};

static int statement_send(struct job *job, const struct statement *st)
{
	auto_free char *text = NULL;
	struct error ignored = { 0 };

	if (job->told)
		return 0;
	job->told = true;
	if (statement_format(st, &text, &ignored) < 0)
		return -ENOMEM;
	return worker_say(job->out, MESSAGE_STATEMENT, text, strlen(text));
}

static int child_progress(const struct import_progress *p, void *arg)
{
	struct job *job = arg;
	int r = statement_send(job, p->statement);

	return r < 0 ? r : worker_say(job->out, MESSAGE_PROGRESS, p, sizeof(*p));
}

static int child_work(int in, int out, void *arg, struct error *err)
{
	struct job *job = arg;
	struct import_options own = *job->options;
	auto_import_result result = { 0 };
	int r;

	job->out = out;
	own.progress = child_progress;
	own.progress_arg = job;
	r = import_run(in, &own, &result, err);
	if (r == 0 && statement_send(job, &result.statement) == -ENOMEM)
		r = fail_memory(err);
	if (r == 0)
		(void)worker_say(out, MESSAGE_RESULT, &result, sizeof(result)); /* or it is gone */
	return r;
}

static int progress_take(struct job *job, const void *p, struct error *err)
{
	const struct import_options *o = job->options;
	struct import_progress progress;

	memcpy(&progress, p, sizeof(progress));
	progress.statement = &job->result.statement;
	progress.blob = NULL;
	if (o->progress && o->progress(&progress, o->progress_arg) != 0)
		return fail_code(err, ECANCELED, NULL, "it was stopped");
	return 0;
}

static int parent_take(unsigned int kind, const void *p, size_t n, void *arg, struct error *err)
{
	struct job *job = arg;
	struct statement st = job->result.statement;

	if (kind == MESSAGE_STATEMENT) {
		statement_done(&job->result.statement);
		return statement_parse(p, n, &job->result.statement, err);
	}
	if (kind == MESSAGE_PROGRESS && n == sizeof(struct import_progress))
		return progress_take(job, p, err);
	if (kind != MESSAGE_RESULT || n != sizeof(job->result))
		return worker_nonsense(err);
	memcpy(&job->result, p, n);
	job->result.statement = st;
	job->brought = true;
	return 0;
}

int import_worker_run(const struct worker_feed *feed, const struct import_options *options,
	struct import_result *ret, struct error *err)
{
	struct job job = { .options = options };
	const struct worker work = { child_work, parent_take, &job };
	int r = worker_run(&work, feed, err);

	if (r == 0 && !job.brought)
		r = worker_nonsense(err);
	if (r < 0)
		import_result_done(&job.result);
	else
		*ret = job.result;
	return r;
}
