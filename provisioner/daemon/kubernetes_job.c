// SPDX-License-Identifier: Apache-2.0
/* Jobs of the kubernetes driver: requests in a chain, tried again where that helps. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/kubernetes.h"

#define RETRY_FIRST_MS 500
#define RETRY_MOST_MS  20000

void kubernetes_job_start(
	struct kubernetes_job *job, struct kubernetes *k, driver_done_fn done, void *arg)
{
	job->k = k;
	job->done = done;
	job->done_arg = arg;
	job->next = k->jobs;
	if (k->jobs)
		k->jobs->prev = job;
	k->jobs = job;
}

void kubernetes_job_drop(struct kubernetes_job *job)
{
	if (job->prev)
		job->prev->next = job->next;
	else
		job->k->jobs = job->next;
	if (job->next)
		job->next->prev = job->prev;
	http_call_cancel(job->call);
	sd_event_source_disable_unref(job->timer);
	if (job->clean)
		job->clean(job);
	buf_done(&job->path);
	free(job->body);
	free(job);
}

void kubernetes_job_end(struct kubernetes_job *job, const json_t *result, const struct error *err)
{
	driver_done_fn done = job->done;
	void *arg = job->done_arg;
	json_t *kept = json_incref((json_t *)result);
	struct error copy = { 0 };

	if (err)
		copy = *err;
	kubernetes_job_drop(job); /* first: the callback may close the handle */
	if (done)
		done(kept, err ? &copy : NULL, arg);
	json_decref(kept);
}

static int on_pause_end(sd_event_source *source, uint64_t usec, void *arg)
{
	struct kubernetes_job *job = arg;

	(void)source;
	(void)usec;
	job->timer = sd_event_source_disable_unref(job->timer);
	job->resume(job);
	return 0;
}

void kubernetes_pause(
	struct kubernetes_job *job, uint64_t ms, void (*resume)(struct kubernetes_job *job))
{
	job->resume = resume;
	if (sd_event_add_time_relative(job->k->loop, &job->timer, CLOCK_MONOTONIC, ms * 1000, 0,
		    on_pause_end, job) < 0) {
		struct error err = { 0 };

		(void)fail_memory(&err);
		kubernetes_job_end(job, NULL, &err);
	}
}

static void request_send(struct kubernetes_job *job);

static void request_retry(struct kubernetes_job *job)
{
	uint64_t ms = RETRY_FIRST_MS << (job->attempts < 6 ? job->attempts : 6);

	job->attempts++;
	kubernetes_pause(job, ms < RETRY_MOST_MS ? ms : RETRY_MOST_MS, request_send);
}

static void on_answer(struct http_response *r, const struct error *cause, void *arg)
{
	struct kubernetes_job *job = arg;
	auto_json json_t *body = NULL;
	struct error err = { 0 };

	job->call = NULL;
	if (!cause && r->body.len && json_read(r->body.data, r->body.len, &body, &err) < 0)
		body = NULL; /* its status tells enough, and a step that needs a body says so */
	err = (struct error){ 0 };
	if (cause || r->status < 200 || r->status > 299)
		(void)kubernetes_fail(
			job->k, job->method, buf_str(&job->path), r->status, body, cause, &err);
	kubernetes_reachable(job->k, cause || r->status == 401 ? &err : NULL);
	if (err.number == -EAGAIN && job->patient)
		request_retry(job);
	else
		job->step(job, body, err.number ? &err : NULL);
}

/* A request that could not be started ends the job from the loop, like one that failed. */
static void job_fail(struct kubernetes_job *job)
{
	struct error err = { 0 };

	(void)fail_memory(&err);
	kubernetes_job_end(job, NULL, &err);
}

static void request_send(struct kubernetes_job *job)
{
	bool patch = strcmp(job->method, "PATCH") == 0;
	auto_buf url = { .max = 4096 };
	struct error err = { 0 };
	struct http_request req = {
		.method = job->method,
		.body = job->body,
		.body_size = job->body ? strlen(job->body) : 0,
		.content_type = patch ? "application/merge-patch+json" : NULL,
	};

	buf_printf(&url, "%s%s", job->k->config.server, buf_str(&job->path));
	req.url = buf_str(&url);
	kubernetes_trust(job->k, &req);
	if (buf_check(&url, "a path", &err) < 0 ||
		http_async_start(job->k->http, &req, on_answer, job, &job->call, &err) < 0)
		kubernetes_pause(job, 0, job_fail);
}

void kubernetes_request(struct kubernetes_job *job, const char *method, const json_t *body,
	kubernetes_step_fn step, const char *path, ...)
{
	struct error err = { 0 };
	va_list ap;

	job->method = method;
	job->step = step;
	job->attempts = 0;
	buf_reset(&job->path);
	va_start(ap, path);
	buf_vprintf(&job->path, path, ap);
	va_end(ap);
	free(take_ptr(&job->body));
	if (body && json_write(body, &job->body, &err) < 0)
		kubernetes_pause(job, 0, job_fail);
	else
		request_send(job);
}
