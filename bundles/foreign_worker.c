// SPDX-License-Identifier: Apache-2.0
/* A child that takes in what nobody signed, and what it says. */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/foreign.h"
#include "bundles/worker.h"

#define STEP_MAX 1024

enum message_kind {
	MESSAGE_STEP = WORKER_KIND_FIRST, /* words */
	MESSAGE_ENTRIES,                  /* JSON */
};

struct job {
	const struct foreign_options *options;
	int out;         /* the child's */
	json_t *entries; /* what came; NULL: nothing yet */
};

static void child_step(const char *text, void *arg)
{
	const struct job *job = arg;

	(void)worker_say(job->out, MESSAGE_STEP, text, strlen(text)); /* or nobody is there */
}

static int child_work(int in, int out, void *arg, struct error *err)
{
	struct job *job = arg;
	struct foreign_options own = *job->options;
	auto_json json_t *entries = NULL;
	auto_free char *text = NULL;
	int r;

	(void)in; /* the path is what is read */
	job->out = out;
	own.step = child_step;
	own.arg = job;
	r = foreign_take(&own, &entries, err);
	if (r == 0)
		r = json_write(entries, &text, err);
	if (r == 0 && worker_say(out, MESSAGE_ENTRIES, text, strlen(text)) == -E2BIG)
		r = fail_code(err, E2BIG, NULL, "the list of its images is too long to be told");
	return r;
}

static int parent_take(unsigned int kind, const void *p, size_t n, void *arg, struct error *err)
{
	struct job *job = arg;
	const struct foreign_options *o = job->options;
	char text[STEP_MAX];

	if (kind == MESSAGE_ENTRIES && !job->entries)
		return json_read(p, n, &job->entries, err);
	if (kind != MESSAGE_STEP || n >= sizeof(text))
		return worker_nonsense(err);
	memcpy(text, p, n);
	text[n] = '\0';
	if (o->step)
		o->step(text, o->arg);
	return 0;
}

int foreign_worker_run(const struct foreign_options *options, json_t **ret, struct error *err)
{
	const struct worker_feed feed = { .fd = -1 };
	struct job job = { .options = options };
	const struct worker work = { child_work, parent_take, &job };
	int r = worker_run(&work, &feed, err);

	if (r == 0 && !json_is_array(job.entries))
		r = worker_nonsense(err);
	if (r == 0)
		*ret = take_ptr(&job.entries);
	json_decref(job.entries);
	return r;
}
