// SPDX-License-Identifier: Apache-2.0
/* Gets the node's certificate. */
#include "provisioner/agent/join.h"

#include <poll.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "provisioner/model/plan.h"

#define WAIT_MS  600000
#define POLL_MS  500
#define TRIES    60
#define PAUSE_MS 1000

static int send_request(struct api *api, const char *pem, struct error *err)
{
	int r = 0;

	for (int i = 0; i < TRIES; i++) {
		r = api_send_csr(api, pem, err);
		if (r == 0 || api_refused(err))
			break;
		(void)poll(NULL, 0, PAUSE_MS); /* nothing tells when the appliance is back */
	}
	return r < 0 ? fail_in(err, "asking for the node's certificate") : 0;
}

int join_start(struct join *j, const struct plan *plan, struct api *api, struct error *err)
{
	auto_buf pem = { 0 };
	int r;

	if (!plan->common_name)
		return 0;
	r = kubelet_key_new(&j->key, err);
	if (r == 0)
		r = kubelet_key_request(j->key, plan->common_name, plan->organization, &pem, err);
	return r == 0 ? send_request(api, buf_str(&pem), err) : r;
}

int join_finish(struct join *j, struct progress *p, struct error *err)
{
	int64_t end_ms = monotonic_ms() + WAIT_MS;

	if (!j->key)
		return 0;
	for (;;) {
		int r = api_ask_certificate(p->api, &j->files, err);

		if (r == 0)
			return plan_check_files(j->files, err);
		if (r < 0 && api_refused(err))
			return fail_in(err, "waiting for the node's certificate");
		if (progress_tell(p, "wait for certificate", p->done_bytes, p->total_bytes) != 0)
			return progress_fail(p, err);
		if (monotonic_ms() > end_ms)
			break;
		(void)poll(NULL, 0, POLL_MS); /* the appliance is asked, it does not call */
	}
	(void)fail_code(err, ETIMEDOUT, "SW-4010", "the node's certificate did not come in 10 min");
	return fail_hint(
		err, "check that the appliance reaches the cluster: slipway cluster check");
}

int join_file_read(const struct join *j, const json_t *json, struct plan_file *ret,
	struct buf *content, struct error *err)
{
	auto_buf certificates = { 0 };
	int r = plan_file_read(json, ret, content, err);

	if (r < 0 || !ret->kubelet_pem)
		return r;
	if (!j->key)
		return fail_code(err, EINVAL, "SW-3023", "'%s' wants a key this plan does not make",
			ret->path);
	buf_add(&certificates, buf_str(content), content->len);
	buf_reset(content);
	if ((r = buf_check(&certificates, ret->path, err)) < 0)
		return r;
	return kubelet_key_bundle(j->key, buf_str(&certificates), content, err);
}

void join_done(struct join *j)
{
	kubelet_key_free(j->key);
	json_decref(j->files);
	*j = (struct join){ 0 };
}
