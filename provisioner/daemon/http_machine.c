// SPDX-License-Identifier: Apache-2.0
/* The machine API's handlers; the table at the end is its list of contents. */
#include "provisioner/daemon/http_machine.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/daemon/enrolment.h"
#include "provisioner/daemon/http_reply.h"
#include "provisioner/daemon/http_server.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/listen.h"
#include "provisioner/daemon/progress.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/daemon/sightings.h"
#include "provisioner/daemon/undo.h"
#include "provisioner/model/inventory.h"

#define CONNECTIONS_MAX 4096
#define PER_ADDRESS_MAX 32
#define CSR_MAX         (16 << 10)

static const struct json_field hello_fields[] = {
	{ "key", JSON_KIND_STRING, true, 64 },
	{ 0 },
};

static const struct json_field enrol_fields[] = {
	{ "key", JSON_KIND_STRING, true, 64 },
	{ "nonce", JSON_KIND_STRING, true, 64 },
	{ "signature", JSON_KIND_STRING, true, 128 },
	{ "inventory", JSON_KIND_STRING, true, INVENTORY_MAX_BYTES },
	{ 0 },
};

static const struct json_field csr_fields[] = {
	{ "csr", JSON_KIND_STRING, true, CSR_MAX },
	{ 0 },
};

static const struct json_field undo_fields[] = {
	{ "at", JSON_KIND_INTEGER, true, UNDO_PIECE_MAX * 128ll },
	{ "data", JSON_KIND_STRING, true, BASE64_SIZE(UNDO_PIECE_MAX) },
	{ "last", JSON_KIND_BOOL, true, 0 },
	{ 0 },
};

/* Exactly n bytes in base64. */
static int read_bytes(
	const json_t *body, const char *key, uint8_t *out, size_t n, struct error *err)
{
	const char *text = json_str(body, key, "");
	size_t got = 0;

	if (base64_parse(text, strlen(text), out, n, &got, err) < 0 || got != n)
		return fail_code(err, EINVAL, NULL, "%s: %zu bytes in base64 are wanted", key, n);
	return 0;
}

static void hello(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	auto_json json_t *body = NULL;
	uint8_t key[ED25519_KEY_SIZE], nonce[AUTH_NONCE_SIZE];
	char nonce_text[BASE64_SIZE(AUTH_NONCE_SIZE)];
	struct error err = { 0 };

	(void)m;
	if (http_read_body(x, "hello", hello_fields, &body, &err) < 0 ||
		read_bytes(body, "key", key, sizeof(key), &err) < 0 ||
		auth_hello(a->auth, key, now_ms(), nonce, &err) < 0) {
		http_answer_error(x, &err);
		return;
	}
	base64_format(nonce, sizeof(nonce), nonce_text);
	sighting_agent(a, x->peer);
	http_answer_json(x, 200,
		json_pack("{s:s, s:I}", "nonce", nonce_text, "time_ms", (json_int_t)now_ms()));
}

static int read_proof(const json_t *body, struct auth_proof *p, struct error *err)
{
	const json_t *inventory = json_object_get(body, "inventory");
	int r = read_bytes(body, "key", p->key, sizeof(p->key), err);

	if (r == 0)
		r = read_bytes(body, "nonce", p->nonce, sizeof(p->nonce), err);
	if (r == 0)
		r = read_bytes(body, "signature", p->signature, sizeof(p->signature), err);
	p->inventory = json_string_value(inventory);
	p->inventory_size = json_string_length(inventory);
	return r;
}

static int accept_enrolment(
	struct appliance *a, struct http_exchange *x, json_t **ret, struct error *err)
{
	auto_json json_t *body = NULL;
	auto_json json_t *inventory = NULL;
	struct auth_proof proof;
	int r = http_read_body(x, "enrol", enrol_fields, &body, err);

	if (r == 0)
		r = read_proof(body, &proof, err);
	if (r == 0)
		r = auth_prove(a->auth, &proof, now_ms(), err);
	if (r == 0)
		r = json_read(proof.inventory, proof.inventory_size, &inventory, err);
	if (r == 0)
		r = inventory_check(inventory, err);
	return r == 0 ? enrolment_accept(a, &proof, inventory, x->peer, ret, err) : r;
}

static void enrol(struct http_exchange *x, const struct route_match *m, void *arg)
{
	auto_json json_t *reply = NULL;
	struct error err = { 0 };
	int r = accept_enrolment(arg, x, &reply, &err);

	(void)m;
	http_finish(x, arg, r, 200, take_ptr(&reply), &err);
}

/* Who speaks, by the token. Nothing of the header goes into the error. */
static struct member *known(struct appliance *a, struct http_exchange *x, struct error *err)
{
	struct digest token;
	struct member *member = NULL;

	if (auth_read_token(http_header(x, "Authorization"), &token, err) == 0)
		member = roster_by_token(&a->roster, &token);
	if (!member) {
		(void)fail_code(
			err, EACCES, "SW-5001", "this token is not of a machine that is known");
		(void)fail_hint(err, "enrol again");
		http_answer_error(x, err);
		return NULL;
	}
	reconcile_heard(a, member, x->peer);
	return member;
}

static void plan(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct error err = { 0 };
	struct member *member = known(arg, x, &err);
	auto_json json_t *reply = NULL;
	int r;

	(void)m;
	if (!member)
		return;
	r = progress_plan(arg, member, &reply, &err);
	http_finish(x, arg, r, 200, take_ptr(&reply), &err);
}

static void report(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct error err = { 0 };
	struct member *member = known(arg, x, &err);
	auto_json json_t *body = NULL;
	bool abort = false;
	int r;

	(void)m;
	if (!member)
		return;
	r = http_read_body(x, NULL, NULL, &body, &err);
	if (r == 0)
		r = progress_report(arg, member, body, &abort, &err);
	http_finish(x, arg, r, 200, json_pack("{s:b}", "abort", abort), &err);
}

static void installed(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct error err = { 0 };
	struct member *member = known(arg, x, &err);
	auto_json json_t *body = NULL;
	int r;

	(void)m;
	if (!member)
		return;
	r = http_read_body(x, NULL, NULL, &body, &err);
	if (r == 0)
		r = progress_installed(arg, member, body, &err);
	http_finish(x, arg, r, 200, json_object(), &err);
}

static void undo(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = known(a, x, &err);
	auto_json json_t *body = NULL;
	struct undo_piece piece;
	int r;

	(void)m;
	if (!member)
		return;
	r = http_read_body(x, "undo", undo_fields, &body, &err);
	if (r == 0 && member->m.state != MACHINE_APPROVED && member->m.state != MACHINE_WRITING)
		r = fail_code(&err, EACCES, "SW-5005", "%s is not approved to be written",
			member->m.name);
	piece = (struct undo_piece){
		.at = (uint64_t)json_int(body, "at", 0),
		.data = json_str(body, "data", ""),
		.data_chars = json_string_length(json_object_get(body, "data")),
		.is_last = json_bool(body, "last", false),
	};
	if (r == 0)
		r = undo_take(
			a->options->state_dir, member->m.id, member->m.plan_seq, &piece, &err);
	http_finish(x, a, r, 200, json_object(), &err);
}

static json_t *pending(void)
{
	return json_pack("{s:s, s:s}", "status", "pending", "message",
		"waits for the cluster to sign the node's certificate");
}

static void put_csr(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = known(a, x, &err);
	auto_json json_t *body = NULL;
	int r;

	(void)m;
	if (!member)
		return;
	r = http_read_body(x, "csr", csr_fields, &body, &err);
	if (r == 0 && member->m.state != MACHINE_APPROVED && member->m.state != MACHINE_WRITING)
		r = fail_code(
			&err, EACCES, "SW-5005", "%s is not approved to join", member->m.name);
	if (r == 0)
		r = joining_request(a->joining, member, json_str(body, "csr", ""), &err);
	http_finish(x, a, r, 202, pending(), &err);
}

static void get_csr(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = known(a, x, &err);
	json_t *files = NULL;
	int r;

	(void)m;
	if (!member)
		return;
	r = joining_result(a->joining, member, &files, &err);
	if (r == 1)
		http_finish(x, a, 0, 200,
			json_pack("{s:s, s:o}", "status", "issued", "files", files), &err);
	else
		http_finish(x, a, r, 202, pending(), &err);
}

static const struct route routes[] = {
	{ "POST", "/machine/v1/hello", hello },
	{ "POST", "/machine/v1/enrol", enrol },
	{ "GET", "/machine/v1/plan", plan },
	{ "POST", "/machine/v1/report", report },
	{ "POST", "/machine/v1/csr", put_csr },
	{ "GET", "/machine/v1/csr", get_csr },
	{ "POST", "/machine/v1/undo", undo },
	{ "POST", "/machine/v1/installed", installed },
	{ 0 },
};

static void handle(struct http_exchange *x, void *arg)
{
	http_dispatch(x, routes, arg);
}

int http_machine_start(struct appliance *a, struct error *err)
{
	struct http_server_options o = {
		.tls = &a->identity,
		.body_max = HTTP_MACHINE_BODY_MAX,
		.connections_max = CONNECTIONS_MAX,
		.per_address_max = PER_ADDRESS_MAX,
		.handle = handle,
		.arg = a,
	};
	int r = listen_tcp(a->options->address, a->options->machine_port, &o.listen_fd, err);

	return r == 0 ? http_server_new(a->loop, &o, &a->machine_api, err) : r;
}
