// SPDX-License-Identifier: Apache-2.0
/* Enrolment: hello, the clock, the proof, and the check code. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/agent/api_call.h"

#define CLOCK_SKEW_MS 500 /* a smaller difference is not worth a jump */

/* Hardware clocks say anything from 1970 to 2099. The appliance's key, not a date, is what this
 * channel rests on, so its word on the time is taken before anything that looks at dates. */
static void take_time(int64_t time_ms)
{
	struct timespec now = { .tv_sec = time_ms / 1000, .tv_nsec = time_ms % 1000 * 1000000 };
	int64_t skew_ms = time_ms - now_ms();

	if (time_ms <= 0 || (skew_ms < CLOCK_SKEW_MS && skew_ms > -CLOCK_SKEW_MS))
		return;
	(void)clock_settime(CLOCK_REALTIME, &now); /* without it the machine works as well */
}

static int say_hello(struct api *a, const char *key, uint8_t nonce[static IDENTITY_NONCE_SIZE],
	struct error *err)
{
	auto_json json_t *body = json_pack("{s:s}", "key", key);
	auto_json json_t *answer = NULL;
	struct api_call call = { .path = "hello", .body = body };
	const char *text;
	size_t n = 0;

	if (!body)
		return fail_memory(err);
	if (api_call(a, &call, &answer, err) < 0)
		return err->number;
	text = json_str(answer, "nonce", "");
	if (base64_parse(text, strlen(text), nonce, IDENTITY_NONCE_SIZE, &n, err) < 0 ||
		n != IDENTITY_NONCE_SIZE)
		return fail_code(err, EBADMSG, NULL, "the appliance's nonce is not 32 bytes");
	if (a->set_clock)
		take_time(json_int(answer, "time_ms", 0));
	return 0;
}

static int make_proof(const struct api *a, const char *key,
	const uint8_t nonce[static IDENTITY_NONCE_SIZE], json_t **ret, struct error *err)
{
	uint8_t sig[ED25519_SIGNATURE_SIZE];
	char nonce_text[BASE64_SIZE(IDENTITY_NONCE_SIZE)], sig_text[BASE64_SIZE(sizeof(sig))];
	int r = identity_sign(a->identity, &a->cmdline->pin, nonce, a->inventory, sig, err);

	if (r < 0)
		return r;
	base64_format(nonce, IDENTITY_NONCE_SIZE, nonce_text);
	base64_format(sig, sizeof(sig), sig_text);
	*ret = json_pack("{s:s, s:s, s:s, s:s}", "key", key, "nonce", nonce_text, "signature",
		sig_text, "inventory", a->inventory);
	return *ret ? 0 : fail_memory(err);
}

static int take_answer(struct api *a, const json_t *answer, const char *code, struct error *err)
{
	const struct {
		const char *key;
		char *out;
		size_t size;
	} members[] = {
		{ "machine", a->machine, sizeof(a->machine) },
		{ "name", a->name, sizeof(a->name) },
		{ "token", a->token, sizeof(a->token) },
	};

	if (strcmp(json_str(answer, "check_code", ""), code) != 0)
		return fail_code(err, EBADMSG, "SW-5010",
			"the appliance's check code is not ours (%s)", code);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *text = json_str(answer, members[i].key, "");

		if (!text[0] || strlen(text) >= members[i].size)
			return fail_code(err, EBADMSG, NULL, "enrolment came without a fit '%s'",
				members[i].key);
	}
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		(void)snprintf(members[i].out, members[i].size, "%s",
			json_str(answer, members[i].key, ""));
	(void)snprintf(a->check_code, sizeof(a->check_code), "%s", code);
	return 0;
}

int api_enrol(struct api *a, struct error *err)
{
	uint8_t nonce[IDENTITY_NONCE_SIZE];
	char key[BASE64_SIZE(ED25519_KEY_SIZE)], code[CHECK_CODE_MAX];
	auto_json json_t *body = NULL;
	auto_json json_t *answer = NULL;
	struct api_call call = { .path = "enrol" };
	int r;

	a->token[0] = '\0';
	base64_format(a->identity->pub, ED25519_KEY_SIZE, key);
	r = say_hello(a, key, nonce, err);
	if (r == 0)
		r = make_proof(a, key, nonce, &body, err);
	if (r < 0)
		return r;
	call.body = body;
	r = identity_check_code(a->identity->pub, &a->cmdline->pin, nonce, code, err);
	if (r == 0)
		r = api_call(a, &call, &answer, err);
	return r == 0 ? take_answer(a, answer, code, err) : r;
}
