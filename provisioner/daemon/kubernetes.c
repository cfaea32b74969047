// SPDX-License-Identifier: Apache-2.0
/*
 * The kubernetes driver: machines join by a certificate that the cluster signs for exactly their
 * name. Six kinds of calls over libcurl; no client library.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/kubernetes.h"

static void kubernetes_close(void *handle)
{
	struct kubernetes *k = handle;

	if (!k)
		return;
	kubernetes_watch_free(k->watch);
	while (k->jobs)
		kubernetes_job_drop(k->jobs);
	kubeconfig_done(&k->config);
	sd_event_unref(k->loop);
	free(k);
}

static int kubernetes_open(const struct cluster *c, sd_event *loop, struct http_async *http,
	const struct driver_events *events, void **ret, struct error *err)
{
	struct kubernetes *k = calloc(1, sizeof(*k));

	if (!k)
		return fail_memory(err);
	(void)snprintf(k->name, sizeof(k->name), "%s", c->name);
	k->loop = sd_event_ref(loop);
	k->http = http;
	k->events = *events;
	if (kubeconfig_parse(c->credential, strlen(c->credential), &k->config, err) < 0) {
		kubernetes_close(k);
		return err->number;
	}
	*ret = k;
	return 0;
}

void kubernetes_trust(const struct kubernetes *k, struct http_request *req)
{
	req->ca_pem = k->config.ca_pem;
	req->cert_pem = k->config.cert_pem;
	req->key_pem = k->config.key_pem;
	req->bearer = k->config.token;
}

static int status_number(long status)
{
	switch (status) {
	case 401:
	case 403:
		return EACCES;
	case 404:
		return ENOENT;
	case 409:
		return EEXIST;
	case 410:
		return ESTALE;
	}
	return status == 429 || status >= 500 ? EAGAIN : EINVAL;
}

int kubernetes_fail(const struct kubernetes *k, const char *method, const char *path, long status,
	const json_t *body, const struct error *cause, struct error *err)
{
	const char *says = json_string_value(json_object_get(body, "message"));

	if (cause) {
		(void)fail_code(err, EAGAIN, "SW-4003", "can't reach cluster '%s' at %s: %s",
			k->name, k->config.server, cause->text);
		return fail_hint(
			err, "check its address, the route to it and its CA in the kubeconfig");
	}
	says = says ? says : "it gives no reason";
	if (status == 401) {
		(void)fail_code(err, EACCES, "SW-4004",
			"%s refuses the credential of cluster '%s': %s", k->config.server, k->name,
			says);
		return fail_hint(err,
			"slipway cluster add %s --kubeconfig FILE, with one that is valid",
			k->name);
	}
	if (status == 403) {
		(void)fail_code(err, EACCES, "SW-4005", "%s does not allow it to cluster '%s': %s",
			k->config.server, k->name, says);
		return fail_hint(err, "slipway cluster check %s", k->name);
	}
	return fail_code(err, status_number(status), NULL, "%s answered %ld to %s %s: %s",
		k->config.server, status, method, path, says);
}

void kubernetes_reachable(struct kubernetes *k, const struct error *err)
{
	bool unreachable = err != NULL;

	if (unreachable == k->unreachable)
		return;
	k->unreachable = unreachable;
	if (k->events.reachable)
		k->events.reachable(err, k->events.arg);
}

const json_t *kubernetes_condition(const json_t *object, const char *type)
{
	const json_t *conditions = json_object_get(json_object_get(object, "status"), "conditions");
	const json_t *condition;
	size_t i;

	json_array_foreach (conditions, i, condition) {
		if (strcmp(json_str(condition, "type", ""), type) == 0)
			return condition;
	}
	return NULL;
}

unsigned kubernetes_minor(const json_t *version)
{
	const char *minor = json_string_value(json_object_get(version, "minor"));

	return minor ? (unsigned)strtoul(minor, NULL, 10) : 0;
}

static const struct cluster_driver driver_kubernetes = {
	.name = "kubernetes",
	.wants_csr = true,
	.open = kubernetes_open,
	.close = kubernetes_close,
	.check = kubernetes_check,
	.prepare = kubernetes_prepare,
	.admit = kubernetes_admit,
	.watch = kubernetes_watch_start,
	.label = kubernetes_label,
	.remove = kubernetes_remove,
};

CLUSTER_DRIVER(kubernetes);
