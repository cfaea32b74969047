// SPDX-License-Identifier: Apache-2.0
/* Node objects: forgetting an old one, labels and taints of a new one, removal. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/kubernetes.h"
#include "provisioner/daemon/kubernetes_node.h"
#include "provisioner/daemon/label.h"
#include "provisioner/model/profile.h"

/* A machine that is reinstalled was switched off a moment ago: the cluster needs its
 * node-monitor-grace-period (40 s) to notice, before that its old Node still looks alive. */
#define ALIVE_POLL_MS  5000
#define ALIVE_POLLS    20
#define CONFLICT_TRIES 5

struct node_job {
	struct kubernetes_job job;
	char name[MACHINE_NAME_MAX];
	json_t *labels;   /* cleaned; NULL: none */
	json_t *taints;   /* as objects; NULL: none */
	char boot_id[64]; /* of the old Node as first seen; "": not seen yet */
	int tries;
};

static void node_clean(struct kubernetes_job *job)
{
	struct node_job *n = (struct node_job *)job;

	json_decref(n->labels);
	json_decref(n->taints);
}

static struct node_job *node_job_new(
	struct kubernetes *k, const char *name, driver_done_fn done, void *arg, struct error *err)
{
	struct node_job *n = name_valid(name) ? calloc(1, sizeof(*n)) : NULL;

	if (!n) {
		if (name_valid(name))
			(void)fail_memory(err);
		else
			(void)fail_code(err, EINVAL, NULL, "'%s' is no node name", name);
		return NULL;
	}
	(void)snprintf(n->name, sizeof(n->name), "%s", name);
	n->job.patient = true;
	n->job.clean = node_clean;
	kubernetes_job_start(&n->job, k, done, arg);
	return n;
}

bool node_ready(const json_t *node)
{
	return strcmp(json_str(kubernetes_condition(node, "Ready"), "status", ""), "True") == 0;
}

static void on_removed(struct kubernetes_job *job, const json_t *body, const struct error *err)
{
	(void)body; /* the Status of the deletion */
	kubernetes_job_end(job, NULL, err && err->number == -ENOENT ? NULL : err);
}

static const char *node_boot_id(const json_t *node)
{
	return json_str(json_object_get(json_object_get(node, "status"), "nodeInfo"), "bootID", "");
}

/* True where another system reports for this Node than at the first look: the machine was faster
 * than the cluster and has taken its old Node over, which nobody may delete now. */
static bool node_taken_over(struct node_job *n, const json_t *node)
{
	if (!n->boot_id[0])
		(void)snprintf(n->boot_id, sizeof(n->boot_id), "%s", node_boot_id(node));
	return strcmp(n->boot_id, node_boot_id(node)) != 0;
}

static json_t *delete_options(const json_t *node)
{
	const json_t *meta = json_object_get(node, "metadata");

	return json_pack("{s:s,s:s,s:{s:s,s:s}}", "apiVersion", "v1", "kind", "DeleteOptions",
		"preconditions", "uid", json_str(meta, "uid", ""), "resourceVersion",
		json_str(meta, "resourceVersion", ""));
}

static void old_ask(struct kubernetes_job *job);

static void on_old_removed(struct kubernetes_job *job, const json_t *body, const struct error *err)
{
	if (err && err->number == -EEXIST)
		old_ask(job); /* it changed between the look and the deletion: look again */
	else
		on_removed(job, body, err);
}

static void on_old(struct kubernetes_job *job, const json_t *node, const struct error *err)
{
	struct node_job *n = (struct node_job *)job;
	auto_json json_t *options = NULL;
	struct error alive = { 0 };

	if (err || node_taken_over(n, node)) {
		kubernetes_job_end(job, NULL, err && err->number == -ENOENT ? NULL : err);
		return;
	}
	if (node_ready(node) && n->tries++ < ALIVE_POLLS) {
		kubernetes_pause(job, ALIVE_POLL_MS, old_ask);
		return;
	}
	if (node_ready(node)) {
		(void)fail_code(&alive, EEXIST, "SW-4013",
			"cluster '%s' has a node '%s' that is Ready: another machine bears this name",
			job->k->name, n->name);
		(void)fail_hint(&alive, "give the profile another hostname pattern");
		kubernetes_job_end(job, NULL, &alive);
		return;
	}
	options = delete_options(node);
	kubernetes_request(job, "DELETE", options, on_old_removed, "/api/v1/nodes/%s", n->name);
}

static void old_ask(struct kubernetes_job *job)
{
	struct node_job *n = (struct node_job *)job;

	kubernetes_request(job, "GET", NULL, on_old, "/api/v1/nodes/%s", n->name);
}

int kubernetes_prepare(void *handle, const struct driver_machine *m, driver_done_fn done, void *arg,
	struct error *err)
{
	struct node_job *n = node_job_new(handle, m->hostname, done, arg, err);

	if (!n)
		return err->number;
	old_ask(&n->job);
	return 0;
}

int kubernetes_remove(
	void *handle, const char *hostname, driver_done_fn done, void *arg, struct error *err)
{
	struct node_job *n = node_job_new(handle, hostname, done, arg, err);

	if (!n)
		return err->number;
	kubernetes_request(&n->job, "DELETE", NULL, on_removed, "/api/v1/nodes/%s", n->name);
	return 0;
}

static int labels_take(const json_t *labels, json_t **ret, struct error *err)
{
	auto_json json_t *clean = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)labels, key, value) {
		const char *text = json_string_value(value);
		char out[LABEL_VALUE_MAX];

		if (!text || !label_key_valid(key))
			return fail_code(
				err, EINVAL, "SW-6001", "'%s' is no valid node label", key);
		(void)json_object_set_new(clean, key, json_string(label_value_format(text, out)));
	}
	*ret = take_ptr(&clean);
	return *ret ? 0 : fail_memory(err);
}

static int taints_take(const json_t *taints, json_t **ret, struct error *err)
{
	auto_json json_t *parsed = json_array();
	size_t i;
	json_t *text;

	json_array_foreach ((json_t *)taints, i, text) {
		json_t *taint = NULL;

		if (taint_parse(json_string_value(text) ? json_string_value(text) : "", &taint,
			    err) < 0)
			return err->number;
		(void)json_array_append_new(parsed, taint);
	}
	*ret = take_ptr(&parsed);
	return *ret ? 0 : fail_memory(err);
}

static bool taint_same(const json_t *a, const json_t *b)
{
	return strcmp(json_str(a, "key", ""), json_str(b, "key", "")) == 0 &&
	       strcmp(json_str(a, "effect", ""), json_str(b, "effect", "")) == 0;
}

/* The Node's taints and those of ours that it lacks; NULL where it lacks none. */
static json_t *taints_merge(const json_t *node, const json_t *ours)
{
	json_t *merged = json_copy(json_object_get(json_object_get(node, "spec"), "taints"));
	bool lacking = false;
	size_t i, j;
	json_t *own, *there;

	if (!merged)
		merged = json_array();
	json_array_foreach ((json_t *)ours, i, own) {
		bool found = false;

		json_array_foreach (merged, j, there)
			found = found || taint_same(own, there);
		if (!found && json_array_append(merged, own) == 0)
			lacking = true;
	}
	if (!lacking)
		json_decref(take_ptr(&merged));
	return merged;
}

static void label_ask(struct kubernetes_job *job);

static void on_labelled(struct kubernetes_job *job, const json_t *body, const struct error *err)
{
	struct node_job *n = (struct node_job *)job;

	(void)body; /* the Node as it is now */
	if (err && err->number == -EEXIST && n->tries++ < CONFLICT_TRIES)
		label_ask(job);
	else
		kubernetes_job_end(job, NULL, err);
}

static void on_node(struct kubernetes_job *job, const json_t *node, const struct error *err)
{
	struct node_job *n = (struct node_job *)job;
	auto_json json_t *patch = NULL;
	json_t *taints;

	if (err) {
		kubernetes_job_end(job, NULL, err);
		return;
	}
	patch = json_pack("{s:{s:O,s:s}}", "metadata", "labels", n->labels, "resourceVersion",
		json_str(json_object_get(node, "metadata"), "resourceVersion", ""));
	taints = taints_merge(node, n->taints);
	if (taints)
		(void)json_object_set_new(patch, "spec", json_pack("{s:o}", "taints", taints));
	kubernetes_request(job, "PATCH", patch, on_labelled, "/api/v1/nodes/%s", n->name);
}

static void label_ask(struct kubernetes_job *job)
{
	struct node_job *n = (struct node_job *)job;

	kubernetes_request(job, "GET", NULL, on_node, "/api/v1/nodes/%s", n->name);
}

int kubernetes_label(void *handle, const struct driver_machine *m, driver_done_fn done, void *arg,
	struct error *err)
{
	auto_json json_t *labels = NULL;
	auto_json json_t *taints = NULL;
	struct node_job *n;

	if (labels_take(m->labels, &labels, err) < 0 || taints_take(m->taints, &taints, err) < 0)
		return err->number;
	n = node_job_new(handle, m->hostname, done, arg, err);
	if (!n)
		return err->number;
	n->labels = take_ptr(&labels);
	n->taints = take_ptr(&taints);
	label_ask(&n->job);
	return 0;
}
