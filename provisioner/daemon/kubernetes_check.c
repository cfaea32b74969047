// SPDX-License-Identifier: Apache-2.0
/*
 * Is the cluster reachable, may the credential do what kubernetes-rbac.yaml grants, and are the
 * safeguards on that keep a node from being more than itself?
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/kubernetes.h"

#define AUTHORIZATION "/apis/authorization.k8s.io/v1"

/* What the driver does, one row a verb: the rules of kubernetes-rbac.yaml. */
static const struct permission {
	const char *verb;
	const char *group;
	const char *resource;
	const char *subresource; /* "": none */
	const char *space;       /* namespace; "": none */
	const char *name;        /* "": any */
} permissions[] = {
	{ "get", "", "nodes", "", "", "" },
	{ "list", "", "nodes", "", "", "" },
	{ "watch", "", "nodes", "", "", "" },
	{ "patch", "", "nodes", "", "", "" },
	{ "delete", "", "nodes", "", "", "" },
	{ "create", "certificates.k8s.io", "certificatesigningrequests", "", "", "" },
	{ "get", "certificates.k8s.io", "certificatesigningrequests", "", "", "" },
	{ "delete", "certificates.k8s.io", "certificatesigningrequests", "", "", "" },
	{ "update", "certificates.k8s.io", "certificatesigningrequests", "approval", "", "" },
	{ "approve", "certificates.k8s.io", "signers", "", "", KUBERNETES_SIGNER },
	{ "get", "", "configmaps", "", "kube-system", "kubelet-config" },
	{ "get", "", "configmaps", "", "kube-public", "cluster-info" },
	{ "create", "authorization.k8s.io", "subjectaccessreviews", "", "", "" },
};

#define PERMISSION_COUNT (sizeof(permissions) / sizeof(permissions[0]))

struct check_job {
	struct kubernetes_job job;
	json_t *result;
	size_t next; /* of permissions */
	unsigned minor;
};

static void check_clean(struct kubernetes_job *job)
{
	json_decref(((struct check_job *)job)->result);
}

static void check_add(struct check_job *c, const char *name, bool ok, const char *detail)
{
	json_t *checks = json_object_get(c->result, "checks");

	(void)json_array_append_new(
		checks, json_pack("{s:s,s:b,s:s}", "name", name, "ok", ok, "detail", detail));
}

static void on_pods(struct kubernetes_job *job, const json_t *pods, const struct error *err)
{
	struct check_job *c = (struct check_job *)job;
	json_t *items = json_object_get(pods, "items");
	auto_free char *text = json_array_size(items) ? json_dumps(items, 0) : NULL;

	if (err || !text)
		check_add(c, "NodeRestriction admission", true,
			"not visible to this credential; kubeadm turns it on "
			"(--enable-admission-plugins=NodeRestriction)");
	else if (strstr(text, "NodeRestriction"))
		check_add(c, "NodeRestriction admission", true, "");
	else
		check_add(c, "NodeRestriction admission", false,
			"a node could change other nodes: start kube-apiserver with "
			"--enable-admission-plugins=NodeRestriction");
	kubernetes_job_end(job, c->result, NULL);
}

/* With the Node authorizer a node may read its own Node, and may not list Secrets. */
static void on_node_review(
	struct kubernetes_job *job, const json_t *review, const struct error *err)
{
	struct check_job *c = (struct check_job *)job;
	const json_t *status = json_object_get(review, "status");

	if (err)
		check_add(c, "Node authorizer", true, "not visible to this credential");
	else if (json_bool(status, "allowed", false))
		check_add(c, "Node authorizer", true, "");
	else
		check_add(c, "Node authorizer", false,
			"nodes are allowed nothing: start kube-apiserver with "
			"--authorization-mode=Node,RBAC");
	kubernetes_request(job, "GET", NULL, on_pods,
		"/api/v1/namespaces/kube-system/pods?labelSelector=component%%3Dkube-apiserver&limit=1");
}

static void node_review_ask(struct check_job *c)
{
	auto_json json_t *review = json_pack("{s:s,s:s,s:{s:s,s:[s,s],s:{s:s,s:s,s:s}}}",
		"apiVersion", "authorization.k8s.io/v1", "kind", "SubjectAccessReview", "spec",
		"user", "system:node:slipway-check", "groups", "system:nodes",
		"system:authenticated", "resourceAttributes", "verb", "get", "resource", "nodes",
		"name", "slipway-check");

	kubernetes_request(
		&c->job, "POST", review, on_node_review, AUTHORIZATION "/subjectaccessreviews");
}

static void permission_name(const struct permission *p, struct buf *out)
{
	buf_printf(out, "may %s %s%s%s", p->verb, p->resource, p->subresource[0] ? "/" : "",
		p->subresource);
	if (p->name[0])
		buf_printf(out, " %s%s%s", p->space, p->space[0] ? "/" : "", p->name);
}

static void permission_ask(struct check_job *c);

static void on_review(struct kubernetes_job *job, const json_t *review, const struct error *err)
{
	struct check_job *c = (struct check_job *)job;
	const json_t *status = json_object_get(review, "status");
	bool allowed = json_bool(status, "allowed", false);
	auto_buf name = { .max = 256 };

	if (err) {
		kubernetes_job_end(job, NULL, err);
		return;
	}
	permission_name(&permissions[c->next], &name);
	check_add(c, buf_str(&name), allowed,
		allowed ? "" : "kubectl apply -f kubernetes-rbac.yaml, as an administrator");
	c->next++;
	permission_ask(c);
}

static void permission_ask(struct check_job *c)
{
	const struct permission *p = &permissions[c->next];
	auto_json json_t *review = NULL;

	if (c->next == PERMISSION_COUNT) {
		node_review_ask(c);
		return;
	}
	review = json_pack("{s:s,s:s,s:{s:{s:s,s:s,s:s,s:s,s:s,s:s}}}", "apiVersion",
		"authorization.k8s.io/v1", "kind", "SelfSubjectAccessReview", "spec",
		"resourceAttributes", "verb", p->verb, "group", p->group, "resource", p->resource,
		"subresource", p->subresource, "namespace", p->space, "name", p->name);
	kubernetes_request(
		&c->job, "POST", review, on_review, AUTHORIZATION "/selfsubjectaccessreviews");
}

static void on_version(struct kubernetes_job *job, const json_t *version, const struct error *err)
{
	struct check_job *c = (struct check_job *)job;

	if (err) {
		kubernetes_job_end(job, NULL, err);
		return;
	}
	c->minor = kubernetes_minor(version);
	(void)json_object_set_new(
		c->result, "version", json_string(json_str(version, "gitVersion", "")));
	permission_ask(c);
}

int kubernetes_check(void *handle, driver_done_fn done, void *arg, struct error *err)
{
	struct kubernetes *k = handle;
	struct check_job *c = calloc(1, sizeof(*c));

	if (!c)
		return fail_memory(err);
	c->result =
		json_pack("{s:s,s:s,s:[]}", "version", "", "endpoint", k->config.server, "checks");
	c->job.clean = check_clean;
	kubernetes_job_start(&c->job, k, done, arg);
	kubernetes_request(&c->job, "GET", NULL, on_version, "/version");
	return 0;
}
