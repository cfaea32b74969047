// SPDX-License-Identifier: Apache-2.0
/*
 * Admission: from a checked certificate request to the files of a node.
 *
 *	version -> kubelet-config -> cluster CA -> certificate (kubernetes_sign.c) -> join files
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/json.h"
#include "provisioner/daemon/join_files.h"
#include "provisioner/daemon/kubernetes_admit.h"

/* kubelet-config had the version in its name before 1.24. */
#define MINOR_CONFIG_PLAIN 24

static void admit_clean(struct kubernetes_job *job)
{
	struct admit_job *a = (struct admit_job *)job;

	csr_done(&a->csr);
	free(a->registry);
	json_decref(a->labels);
	json_decref(a->taints);
	free(a->kubelet_config);
	free(a->ca_pem);
	free(a->certificate);
}

void admit_fail(struct admit_job *a, const struct error *cause)
{
	struct error err = *cause;

	(void)fail_in(&err, "admitting '%s' to '%s'", a->hostname, a->job.k->name);
	kubernetes_job_end(&a->job, NULL, &err);
}

void admit_files(struct admit_job *a)
{
	struct join_input in = {
		.hostname = a->hostname,
		.server = a->job.k->config.server,
		.ca_pem = a->ca_pem,
		.certificate_pem = a->certificate,
		.kubelet_config = a->kubelet_config,
		.minor = a->minor,
		.labels = a->labels,
		.taints = a->taints,
		.registry = a->registry,
	};
	auto_json json_t *files = NULL;
	struct error err = { 0 };

	if (join_files_make(&in, &files, &err) < 0)
		admit_fail(a, &err);
	else
		kubernetes_job_end(&a->job, files, NULL);
}

static void on_cluster_info(struct kubernetes_job *job, const json_t *map, const struct error *err)
{
	struct admit_job *a = (struct admit_job *)job;
	const char *text = json_str(json_object_get(map, "data"), "kubeconfig", "");
	struct error reason = { 0 };

	if (err) {
		admit_fail(a, err);
		return;
	}
	if (kubeconfig_parse_ca(text, strlen(text), &a->ca_pem, &reason) < 0)
		admit_fail(a, &reason);
	else
		admit_sign(a);
}

static void ca_take(struct admit_job *a)
{
	const char *own = a->job.k->config.ca_pem;

	if (!own) {
		kubernetes_request(&a->job, "GET", NULL, on_cluster_info,
			"/api/v1/namespaces/kube-public/configmaps/cluster-info");
		return;
	}
	a->ca_pem = strdup(own);
	admit_sign(a);
}

static void config_missing(struct admit_job *a)
{
	struct error err = { 0 };

	(void)fail_code(&err, ENOENT, "SW-4012",
		"the cluster has no ConfigMap kube-system/kubelet-config that nodes are configured from");
	(void)fail_hint(&err, "kubeadm init phase upload-config kubelet");
	admit_fail(a, &err);
}

static void on_kubelet_config(
	struct kubernetes_job *job, const json_t *map, const struct error *err)
{
	struct admit_job *a = (struct admit_job *)job;
	const char *text =
		json_string_value(json_object_get(json_object_get(map, "data"), "kubelet"));

	if (err && err->number != -ENOENT) {
		admit_fail(a, err);
		return;
	}
	if (!text) {
		config_missing(a);
		return;
	}
	a->kubelet_config = strdup(text);
	ca_take(a);
}

static void on_version(struct kubernetes_job *job, const json_t *version, const struct error *err)
{
	struct admit_job *a = (struct admit_job *)job;
	char suffix[16] = "";

	if (err) {
		admit_fail(a, err);
		return;
	}
	a->minor = kubernetes_minor(version);
	if (a->minor < MINOR_CONFIG_PLAIN)
		(void)snprintf(suffix, sizeof(suffix), "-1.%u", a->minor);
	kubernetes_request(job, "GET", NULL, on_kubelet_config,
		"/api/v1/namespaces/kube-system/configmaps/kubelet-config%s", suffix);
}

static int name_make(struct admit_job *a, struct error *err)
{
	char hex[DIGEST_TEXT_MAX];
	struct digest digest;

	if (digest_of(a->csr.pem, strlen(a->csr.pem), &digest, err) < 0)
		return err->number;
	(void)snprintf(a->name, sizeof(a->name), "slipway-%.16s", digest_hex(&digest, hex));
	return 0;
}

static int admit_fill(
	struct admit_job *a, const struct driver_machine *m, const char *csr_pem, struct error *err)
{
	if (csr_parse(csr_pem, strlen(csr_pem), m->hostname, &a->csr, err) < 0 ||
		name_make(a, err) < 0)
		return err->number;
	(void)snprintf(a->hostname, sizeof(a->hostname), "%s", m->hostname);
	a->registry = strdup(m->registry);
	a->labels = m->labels ? json_deep_copy(m->labels) : NULL;
	a->taints = m->taints ? json_deep_copy(m->taints) : NULL;
	return a->registry ? 0 : fail_memory(err);
}

int kubernetes_admit(void *handle, const struct driver_machine *m, const char *csr_pem,
	driver_done_fn done, void *arg, struct error *err)
{
	struct admit_job *a = calloc(1, sizeof(*a));

	if (!a)
		return fail_memory(err);
	if (admit_fill(a, m, csr_pem, err) < 0) {
		admit_clean(&a->job);
		free(a);
		return err->number;
	}
	a->job.patient = true;
	a->job.clean = admit_clean;
	kubernetes_job_start(&a->job, handle, done, arg);
	kubernetes_request(&a->job, "GET", NULL, on_version, "/version");
	return 0;
}
