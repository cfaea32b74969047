// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "provisioner/daemon/auth.h"

struct agent {
	uint8_t seed[ED25519_KEY_SIZE];
	struct auth_proof proof;
};

static const struct digest pin = { { 1, 2, 3 } };
static const char inventory[] = "{\"agent\":\"0.1\"}";

/* Signs as the agent does, for a nonce that the appliance gave. */
static void sign(struct agent *g, const struct digest *for_pin)
{
	auto_buf text = { 0 };
	struct digest d;
	struct error err = { 0 };

	g->proof.inventory = inventory;
	g->proof.inventory_size = strlen(inventory);
	assert_int_equal(digest_of(inventory, strlen(inventory), &d, &err), 0);
	buf_add(&text, "slipway-enrol-v1", sizeof("slipway-enrol-v1"));
	buf_add(&text, for_pin->bytes, DIGEST_SIZE);
	buf_add(&text, g->proof.nonce, AUTH_NONCE_SIZE);
	buf_add(&text, d.bytes, DIGEST_SIZE);
	assert_int_equal(
		ed25519_sign(g->seed, buf_str(&text), text.len, g->proof.signature, &err), 0);
}

static void make(struct auth *a, struct agent *g, int64_t now)
{
	struct error err = { 0 };

	assert_int_equal(ed25519_generate(g->seed, g->proof.key, &err), 0);
	assert_int_equal(auth_hello(a, g->proof.key, now, g->proof.nonce, &err), 0);
	sign(g, &pin);
}

static void test_proof(void **state)
{
	struct auth *a = NULL;
	struct agent g = { 0 }, other = { 0 };
	struct error err = { 0 };
	char code[AUTH_CODE_MAX];

	(void)state;
	assert_int_equal(auth_new(&pin, &a, &err), 0);
	make(a, &g, 1000);
	assert_int_equal(auth_prove(a, &g.proof, 2000, &err), 0);
	assert_int_equal(auth_check_code(a, &g.proof, code, &err), 0);
	assert_int_equal(strlen(code), 9);
	/* once only */
	assert_int_equal(auth_prove(a, &g.proof, 2000, &err), -EACCES);
	assert_string_equal(err.code, "SW-5003");
	/* another's nonce, though signed by oneself */
	make(a, &g, 1000);
	make(a, &other, 1000);
	memcpy(g.proof.nonce, other.proof.nonce, AUTH_NONCE_SIZE);
	sign(&g, &pin);
	assert_int_equal(auth_prove(a, &g.proof, 2000, &err), -EACCES);
	/* another's key */
	make(a, &g, 1000);
	memcpy(g.proof.key, other.proof.key, ED25519_KEY_SIZE);
	assert_int_equal(auth_prove(a, &g.proof, 2000, &err), -EACCES);
	/* too late */
	make(a, &g, 1000);
	assert_int_equal(auth_prove(a, &g.proof, 1001 + AUTH_NONCE_FOR_MS, &err), -EACCES);
	/* meant for another appliance */
	make(a, &g, 1000);
	sign(&g, &(struct digest){ { 9 } });
	assert_int_equal(auth_prove(a, &g.proof, 2000, &err), -EACCES);
	/* another inventory */
	make(a, &g, 1000);
	g.proof.inventory = "{\"agent\":\"0.2\"}";
	assert_int_equal(auth_prove(a, &g.proof, 2000, &err), -EACCES);
	auth_free(a);
}

/* A flood pushes the oldest out and leaves the latest standing. */
static void test_flood(void **state)
{
	struct auth *a = NULL;
	struct agent first = { 0 }, last = { 0 };
	uint8_t nonce[AUTH_NONCE_SIZE];
	struct error err = { 0 };

	(void)state;
	assert_int_equal(auth_new(&pin, &a, &err), 0);
	make(a, &first, 1000);
	for (int i = 0; i < AUTH_NONCES_MAX; i++)
		assert_int_equal(auth_hello(a, first.proof.key, 1000, nonce, &err), 0);
	make(a, &last, 1000);
	assert_int_equal(auth_prove(a, &first.proof, 1000, &err), -EACCES);
	assert_int_equal(auth_prove(a, &last.proof, 1000, &err), 0);
	auth_free(a);
}

static void test_tokens(void **state)
{
	char token[AUTH_TOKEN_MAX], header[80];
	struct digest minted, read;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(auth_mint_token(token, &minted, &err), 0);
	snprintf(header, sizeof(header), "Bearer %s", token);
	assert_int_equal(auth_read_token(header, &read, &err), 0);
	assert_true(digest_equal(&minted, &read));
	assert_int_equal(auth_read_token(NULL, &read, &err), -EACCES);
	assert_int_equal(auth_read_token(token, &read, &err), -EACCES);
	assert_null(strstr(err.text, token));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
