// SPDX-License-Identifier: Apache-2.0
/*
 * The kubernetes driver, as its files see it: a cluster's handle, and jobs.
 *
 * A job is one thing the driver was asked to do, as a chain of requests to the API server. Each
 * step gets an answer and starts the next one; the last ends the job, which calls back once.
 * Everything runs on the loop; nothing blocks.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/buf.h"
#include "base/http_client.h"
#include "provisioner/daemon/driver.h"
#include "provisioner/daemon/kubeconfig.h"

#define KUBERNETES_SIGNER "kubernetes.io/kube-apiserver-client-kubelet"

struct kubernetes_watch;

struct kubernetes {
	char name[MACHINE_NAME_MAX];
	struct kubeconfig config;
	sd_event *loop;
	struct http_async *http;
	struct driver_events events;
	bool unreachable;               /* as last told to events->reachable */
	struct kubernetes_job *jobs;    /* all that run */
	struct kubernetes_watch *watch; /* NULL: not watching */
};

struct kubernetes_job;

/* Takes an answer. err is NULL where the status was 2xx; body is NULL where it was no JSON. */
typedef void (*kubernetes_step_fn)(
	struct kubernetes_job *job, const json_t *body, const struct error *err);

struct kubernetes_job {
	struct kubernetes *k;
	struct kubernetes_job *prev, *next;
	bool patient; /* temporary trouble is tried again, for ever */
	driver_done_fn done;
	void *done_arg;
	void (*clean)(
		struct kubernetes_job *job); /* frees what a longer job holds; NULL: nothing */
	/* the request that runs or waits to be tried again */
	const char *method;
	struct buf path;
	char *body;
	kubernetes_step_fn step;
	int attempts;
	struct http_call *call;
	/* a pause between steps */
	sd_event_source *timer;
	void (*resume)(struct kubernetes_job *job);
};

/* Puts a job, the first member of an allocated struct, among those of k. It is freed at its end,
 * or when the handle is closed. */
void kubernetes_job_start(
	struct kubernetes_job *job, struct kubernetes *k, driver_done_fn done, void *arg);
/* Calls back and frees the job: the last thing a step does. */
void kubernetes_job_end(struct kubernetes_job *job, const json_t *result, const struct error *err);
/* Frees it without a word. */
void kubernetes_job_drop(struct kubernetes_job *job);

/* Sends a request; `step` gets the answer. body may be NULL. Trouble in starting it ends the job
 * from the loop, as a failed answer would. */
void kubernetes_request(struct kubernetes_job *job, const char *method, const json_t *body,
	kubernetes_step_fn step, const char *path, ...) __attribute__((format(printf, 5, 6)));
/* Calls `resume` after a pause. */
void kubernetes_pause(
	struct kubernetes_job *job, uint64_t ms, void (*resume)(struct kubernetes_job *job));

/* Fills what every request to this cluster has: trust and credential. */
void kubernetes_trust(const struct kubernetes *k, struct http_request *req);
/* Turns transport trouble (cause) or an HTTP status with its body into the sentence a user sees:
 * SW-4003 not reachable, SW-4004 credential refused, SW-4005 not allowed. Returns its number:
 * -ENOENT 404, -EEXIST 409, -ESTALE 410, -EACCES 401 and 403, -EAGAIN what may pass. */
int kubernetes_fail(const struct kubernetes *k, const char *method, const char *path, long status,
	const json_t *body, const struct error *cause, struct error *err);
/* Tells events->reachable where that changed; err: NULL or what kubernetes_fail said. */
void kubernetes_reachable(struct kubernetes *k, const struct error *err);

/* "20" of /version's {"major":"1","minor":"20+"}; 0 where it says nothing. */
unsigned kubernetes_minor(const json_t *version);

/* The condition of a type in an object's status; borrowed, NULL where it has none. */
const json_t *kubernetes_condition(const json_t *object, const char *type);

/* What the parts of the driver do; see struct cluster_driver. */
int kubernetes_check(void *handle, driver_done_fn done, void *arg, struct error *err);
int kubernetes_prepare(void *handle, const struct driver_machine *m, driver_done_fn done, void *arg,
	struct error *err);
int kubernetes_admit(void *handle, const struct driver_machine *m, const char *csr_pem,
	driver_done_fn done, void *arg, struct error *err);
int kubernetes_watch_start(void *handle, struct error *err);
void kubernetes_watch_free(struct kubernetes_watch *w);
int kubernetes_label(void *handle, const struct driver_machine *m, driver_done_fn done, void *arg,
	struct error *err);
int kubernetes_remove(
	void *handle, const char *hostname, driver_done_fn done, void *arg, struct error *err);
