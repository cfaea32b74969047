// SPDX-License-Identifier: Apache-2.0
/* Requests and answers of the machine API. */
#include "provisioner/agent/api_call.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/agent/text.h"
#include "provisioner/model/machine.h"

#define ANSWER_MAX         (4u << 20)
#define TIMEOUT_MS         15000
#define CONNECT_TIMEOUT_MS 3000

static const char *clean_member(const json_t *obj, const char *key, char *out, size_t size)
{
	const char *text = json_str(obj, key, "");

	return text_clean(text, strlen(text), out, size);
}

static int fail_problem(const struct api_call *call, const json_t *problem, struct error *err)
{
	char title[API_TEXT_MAX], detail[512], code[8], hint[API_TEXT_MAX];
	int number;

	(void)clean_member(problem, "title", title, sizeof(title));
	(void)clean_member(problem, "detail", detail, sizeof(detail));
	(void)clean_member(problem, "code", code, sizeof(code));
	(void)clean_member(problem, "hint", hint, sizeof(hint));
	number = call->status >= 500 || strcmp(code, MACHINE_HELD) == 0 ? EAGAIN : EREMOTEIO;
	(void)fail_code(err, number, code[0] ? code : NULL,
		"the appliance refuses '%s' (status %ld): %s", call->path, call->status,
		detail[0] ? detail : title);
	return hint[0] ? fail_hint(err, "%s", hint) : err->number;
}

static int read_answer(const struct api_call *call, const struct http_response *response,
	json_t **ret, struct error *err)
{
	auto_json json_t *answer = NULL;

	if (call->status >= 300) {
		struct error ignored = {
			0
		}; /* an error page of another kind has no words for us */

		(void)json_read(buf_str(&response->body), response->body.len, &answer, &ignored);
		return fail_problem(call, answer, err);
	}
	if (json_read(buf_str(&response->body), response->body.len, &answer, err) < 0)
		return fail_in(err, "the appliance's answer to '%s'", call->path);
	if (!json_is_object(answer))
		return fail_code(err, EBADMSG, NULL, "the appliance's answer to '%s' is no object",
			call->path);
	*ret = take_ptr(&answer);
	return 0;
}

int api_call(struct api *a, struct api_call *call, json_t **ret, struct error *err)
{
	auto_response response = { 0 };
	auto_free char *body = NULL;
	char url[sizeof("https:///machine/v1/") + CMDLINE_ADDR_MAX + API_PATH_MAX];
	struct http_request request = {
		.method = call->body ? "POST" : "GET",
		.url = url,
		.bearer = a->token[0] ? a->token : NULL,
		.pinned_spki = a->spki,
		.max_body = ANSWER_MAX,
		.timeout_ms = call->timeout_ms ? call->timeout_ms : TIMEOUT_MS,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
	};
	int r = call->body ? json_write(call->body, &body, err) : 0;

	if (r < 0)
		return r;
	(void)snprintf(url, sizeof(url), "https://%s/machine/v1/%s%s", a->cmdline->server,
		call->path, call->query);
	request.body = body;
	request.body_size = body ? strlen(body) : 0;
	call->status = 0;
	r = http_do(a->http, &request, &response, err);
	if (r == -EACCES)
		return fail_hint(err,
			"another server answers for the appliance: its key is not the "
			"one this machine was booted with");
	if (r < 0)
		return r;
	call->status = response.status;
	return read_answer(call, &response, ret, err);
}
