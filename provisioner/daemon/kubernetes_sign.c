// SPDX-License-Identifier: Apache-2.0
/*
 * A kubelet's certificate from the cluster's signer (Kubernetes API, certificates.k8s.io/v1):
 *
 *	create the request -> read it back and compare -> approve that one -> wait for the
 *	certificate -> check it -> delete the request
 *
 * The object's name follows from the request's bytes, so that a daemon that was killed between
 * two steps finds its own object again and goes on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/daemon/kubernetes_admit.h"

#define CSR_PATH        "/apis/certificates.k8s.io/v1/certificatesigningrequests"
#define SIGN_POLL_MS    500
#define SIGN_WAIT_MS    60000
#define CERTIFICATE_MAX 65536
/* Signers of before 1.27 may insist on key encipherment for EC keys too. */
#define MINOR_USAGES_BY_KEY 27

static void on_deleted(struct kubernetes_job *job, const json_t *body, const struct error *err)
{
	(void)body;
	(void)err; /* an object left behind is deleted by the cluster after an hour */
	admit_files((struct admit_job *)job);
}

/* base64 text of the API to a string, which the caller frees. */
static char *text_decode(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t n = text ? strlen(text) : 0;
	struct error ignored = { 0 };
	char *out = n && n <= CERTIFICATE_MAX ? calloc(1, n + 1) : NULL;
	size_t size;

	if (out && base64_parse(text, n, (uint8_t *)out, n, &size, &ignored) < 0)
		free(take_ptr(&out));
	return out;
}

static void certificate_take(struct admit_job *a, const json_t *value)
{
	struct error err = { 0 };

	a->certificate = text_decode(value);
	if (csr_matches(&a->csr, a->certificate ? a->certificate : "", &err) < 0) {
		admit_fail(a, &err);
		return;
	}
	a->job.patient = false;
	kubernetes_request(&a->job, "DELETE", NULL, on_deleted, CSR_PATH "/%s", a->name);
}

static int usages_add(const struct admit_job *a, json_t *spec)
{
	bool encipher = a->csr.rsa || a->minor < MINOR_USAGES_BY_KEY;
	json_t *usages = json_pack("[s,s]", "digital signature", "client auth");

	if (encipher)
		(void)json_array_append_new(usages, json_string("key encipherment"));
	return json_object_set_new(spec, "usages", usages);
}

static json_t *spec_make(const struct admit_job *a)
{
	size_t n = strlen(a->csr.pem);
	auto_free char *request = malloc(BASE64_SIZE(n));
	json_t *spec;

	if (!request)
		return NULL;
	base64_format((const uint8_t *)a->csr.pem, n, request);
	spec = json_pack("{s:s,s:s}", "request", request, "signerName", KUBERNETES_SIGNER);
	if (!spec || usages_add(a, spec) < 0)
		json_decref(take_ptr(&spec));
	return spec;
}

/* The object is the one we meant: same bytes, same signer, no other usage. */
static bool object_is_ours(const struct admit_job *a, const json_t *object)
{
	auto_json json_t *ours = spec_make(a);
	const json_t *theirs = json_object_get(object, "spec");
	const char *key;
	json_t *value;

	if (!ours)
		return false;
	json_object_foreach (ours, key, value) {
		if (!json_equal(value, json_object_get(theirs, key)))
			return false;
	}
	return true;
}

static void object_read(struct kubernetes_job *job);

static void on_approved(struct kubernetes_job *job, const json_t *body, const struct error *err)
{
	struct admit_job *a = (struct admit_job *)job;

	(void)body; /* read anew with the next poll */
	if (err && err->number != -EEXIST) {
		admit_fail(a, err);
		return;
	}
	object_read(job); /* a conflict: somebody changed it meanwhile, look again */
}

static void object_approve(struct admit_job *a, const json_t *object)
{
	auto_json json_t *approval = json_deep_copy(object);
	json_t *status = json_object_get(approval, "status");
	json_t *conditions = json_object_get(status, "conditions");
	json_t *approved = json_pack("{s:s,s:s,s:s,s:s}", "type", "Approved", "status", "True",
		"reason", "SlipwayPlan", "message", "The request is that of the machine's plan.");

	if (!conditions) {
		conditions = json_array();
		if (!status) {
			status = json_object();
			(void)json_object_set_new(approval, "status", status);
		}
		(void)json_object_set_new(status, "conditions", conditions);
	}
	(void)json_array_append_new(
		conditions, approved); /* without memory: refused as malformed */
	kubernetes_request(&a->job, "PUT", approval, on_approved, CSR_PATH "/%s/approval", a->name);
}

static void admit_denied(struct admit_job *a, const json_t *condition)
{
	struct error err = { 0 };

	(void)fail_code(&err, EACCES, "SW-4011", "the cluster refuses the certificate: %s",
		json_str(
			condition, "message", json_str(condition, "reason", "it gives no reason")));
	admit_fail(a, &err);
}

static void certificate_await(struct admit_job *a)
{
	struct error err = { 0 };

	if (!a->approved_ms)
		a->approved_ms = monotonic_ms();
	if (monotonic_ms() - a->approved_ms < SIGN_WAIT_MS) {
		kubernetes_pause(&a->job, SIGN_POLL_MS, object_read);
		return;
	}
	(void)fail_code(&err, ETIMEDOUT, "SW-4011",
		"the approved certificate request %s was not signed within %d s", a->name,
		SIGN_WAIT_MS / 1000);
	(void)fail_hint(
		&err, "see that kube-controller-manager runs, with --cluster-signing-cert-file");
	admit_fail(a, &err);
}

static void on_object(struct kubernetes_job *job, const json_t *object, const struct error *err)
{
	struct admit_job *a = (struct admit_job *)job;
	const json_t *certificate =
		json_object_get(json_object_get(object, "status"), "certificate");
	const json_t *denied = kubernetes_condition(object, "Denied");
	struct error foreign = { 0 };

	denied = denied ? denied : kubernetes_condition(object, "Failed");
	if (err && err->number == -ENOENT) {
		admit_sign(a); /* the cluster cleaned it away while nobody looked */
	} else if (err) {
		admit_fail(a, err);
	} else if (!object_is_ours(a, object)) {
		(void)fail_code(&foreign, EPERM, "SW-4011",
			"the request %s in the cluster is not the one we sent", a->name);
		admit_fail(a, &foreign);
	} else if (denied) {
		admit_denied(a, denied);
	} else if (json_is_string(certificate)) {
		certificate_take(a, certificate);
	} else if (kubernetes_condition(object, "Approved")) {
		certificate_await(a);
	} else {
		object_approve(a, object);
	}
}

static void object_read(struct kubernetes_job *job)
{
	struct admit_job *a = (struct admit_job *)job;

	kubernetes_request(job, "GET", NULL, on_object, CSR_PATH "/%s", a->name);
}

static void on_created(struct kubernetes_job *job, const json_t *body, const struct error *err)
{
	(void)body; /* what is compared and approved is read back */
	if (err && err->number != -EEXIST)
		admit_fail((struct admit_job *)job, err);
	else
		object_read(job);
}

void admit_sign(struct admit_job *a)
{
	auto_json json_t *object = json_pack("{s:s,s:s,s:{s:s},s:o}", "apiVersion",
		"certificates.k8s.io/v1", "kind", "CertificateSigningRequest", "metadata", "name",
		a->name, "spec", spec_make(a));

	kubernetes_request(&a->job, "POST", object, on_created, CSR_PATH);
}
