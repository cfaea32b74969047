// SPDX-License-Identifier: Apache-2.0
/* Calls of the machine API. */
#include "provisioner/agent/api.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/agent/api_call.h"

#define REPORT_TIMEOUT_MS 5000

/* An appliance that knows no such token or machine is told again who we are. */
static bool is_forgotten(long status)
{
	return status == 401 || status == 404 || status == 410;
}

static int call_known(struct api *a, struct api_call *call, json_t **ret, struct error *err)
{
	int r;

	if (!a->token[0] && api_enrol(a, err) < 0)
		return err->number;
	r = api_call(a, call, ret, err);
	if (r == 0 || !is_forgotten(call->status))
		return r;
	a->token[0] = '\0';
	r = api_enrol(a, err);
	return r == 0 ? api_call(a, call, ret, err) : r;
}

int api_open(struct api *a, const struct cmdline *c, const struct identity *id, struct error *err)
{
	memset(a, 0, sizeof(*a));
	a->cmdline = c;
	a->identity = id;
	(void)cmdline_spki(c, a->spki);
	return http_client_new(&a->http, err);
}

void api_close(struct api *a)
{
	http_client_free(a->http);
	free(a->inventory);
	explicit_bzero(a, sizeof(*a));
}

bool api_refused(const struct error *err)
{
	return err->number == -EREMOTEIO;
}

void api_set_inventory(struct api *a, char *inventory)
{
	free(a->inventory);
	a->inventory = inventory;
}

int api_plan(struct api *a, int64_t seq, json_t **ret, struct error *err)
{
	struct api_call call = { .path = "plan" };

	(void)snprintf(call.query, sizeof(call.query), "?seq=%lld", (long long)seq);
	return call_known(a, &call, ret, err);
}

int api_report(struct api *a, const struct api_report *report, bool *ret_abort, struct error *err)
{
	const struct error *fault = report->fault;
	struct api_call call = { .path = "report", .timeout_ms = REPORT_TIMEOUT_MS };
	auto_json json_t *answer = NULL;
	auto_json json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s}", "stage",
		report->stage, "status", report->status, "step", report->step ? report->step : "",
		"disk", report->disk ? report->disk : "", "done_bytes",
		(json_int_t)report->done_bytes, "total_bytes", (json_int_t)report->total_bytes,
		"rate_bps", (json_int_t)report->rate_bps, "code", fault ? fault->code : "",
		"detail", fault ? fault->text : "");
	int r;

	if (!body)
		return fail_memory(err);
	call.body = body;
	r = call_known(a, &call, &answer, err);
	if (r == 0)
		*ret_abort = json_bool(answer, "abort", false);
	return r;
}

int api_send_csr(struct api *a, const char *csr_pem, struct error *err)
{
	auto_json json_t *body = json_pack("{s:s}", "csr", csr_pem);
	auto_json json_t *answer = NULL;
	struct api_call call = { .path = "csr", .body = body };

	return body ? call_known(a, &call, &answer, err) : fail_memory(err);
}

int api_ask_certificate(struct api *a, json_t **ret_files, struct error *err)
{
	struct api_call call = { .path = "csr" };
	auto_json json_t *answer = NULL;
	json_t *files;
	int r = call_known(a, &call, &answer, err);

	if (r < 0)
		return r;
	if (call.status == 202)
		return 1;
	files = json_object_get(answer, "files");
	if (!json_is_array(files))
		return fail_code(err, EBADMSG, "SW-4010", "the certificate came without files");
	*ret_files = json_incref(files);
	return 0;
}

int api_undo(struct api *a, uint64_t at, const void *p, size_t n, bool is_last, struct error *err)
{
	auto_free char *text = malloc(BASE64_SIZE(n));
	auto_json json_t *body = NULL;
	auto_json json_t *answer = NULL;
	struct api_call call = { .path = "undo" };

	if (!text)
		return fail_memory(err);
	base64_format(p, n, text);
	body = json_pack(
		"{s:I, s:s, s:b}", "at", (json_int_t)at, "data", text, "last", (int)is_last);
	if (!body)
		return fail_memory(err);
	call.body = body;
	return call_known(a, &call, &answer, err);
}

int api_installed(struct api *a, const json_t *body, struct error *err)
{
	struct api_call call = { .path = "installed", .body = body };
	auto_json json_t *answer = NULL;

	return call_known(a, &call, &answer, err);
}
