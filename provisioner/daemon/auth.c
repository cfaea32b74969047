// SPDX-License-Identifier: Apache-2.0
/* Nonces, signatures, check codes, tokens. */
#include "provisioner/daemon/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"

#define TOKEN_SIZE 32

struct nonce {
	uint8_t bytes[AUTH_NONCE_SIZE];
	uint8_t key[ED25519_KEY_SIZE];
	int64_t until_ms; /* 0: used up or never given */
};

struct auth {
	struct digest pin;
	size_t next; /* the oldest, overwritten next */
	struct nonce nonces[AUTH_NONCES_MAX];
};

int auth_new(const struct digest *pin, struct auth **ret, struct error *err)
{
	struct auth *a = calloc(1, sizeof(*a));

	if (!a)
		return fail_memory(err);
	a->pin = *pin;
	*ret = a;
	return 0;
}

void auth_free(struct auth *a)
{
	free(a);
}

int auth_hello(struct auth *a, const uint8_t key[static ED25519_KEY_SIZE], int64_t now_ms,
	uint8_t ret_nonce[static AUTH_NONCE_SIZE], struct error *err)
{
	struct nonce *n = &a->nonces[a->next];
	int r = random_bytes(n->bytes, sizeof(n->bytes), err);

	if (r < 0)
		return r;
	a->next = (a->next + 1) % AUTH_NONCES_MAX;
	memcpy(n->key, key, sizeof(n->key));
	n->until_ms = now_ms + AUTH_NONCE_FOR_MS;
	memcpy(ret_nonce, n->bytes, AUTH_NONCE_SIZE);
	return 0;
}

static int refuse(struct error *err)
{
	return fail_code(err, EACCES, "SW-5003",
		"the proof of the machine's key does not hold: its nonce is old, used or another's, "
		"or its signature is wrong");
}

static int use_nonce(struct auth *a, const struct auth_proof *p, int64_t now_ms, struct error *err)
{
	for (size_t i = 0; i < AUTH_NONCES_MAX; i++) {
		struct nonce *n = &a->nonces[i];

		if (n->until_ms < now_ms || memcmp(n->bytes, p->nonce, sizeof(n->bytes)) != 0)
			continue;
		if (memcmp(n->key, p->key, sizeof(n->key)) != 0)
			break;
		n->until_ms = 0;
		return 0;
	}
	return refuse(err);
}

int auth_prove(struct auth *a, const struct auth_proof *p, int64_t now_ms, struct error *err)
{
	static const char label[] = "slipway-enrol-v1"; /* its NUL is signed too */
	auto_buf text = { 0 };
	struct digest inventory;
	int r = use_nonce(a, p, now_ms, err);

	if (r == 0)
		r = digest_of(p->inventory, p->inventory_size, &inventory, err);
	if (r < 0)
		return r;
	buf_add(&text, label, sizeof(label));
	buf_add(&text, a->pin.bytes, sizeof(a->pin.bytes));
	buf_add(&text, p->nonce, sizeof(p->nonce));
	buf_add(&text, inventory.bytes, sizeof(inventory.bytes));
	r = buf_check(&text, "the signed text", err);
	if (r == 0 && ed25519_verify(p->key, buf_str(&text), text.len, p->signature, err) < 0)
		return refuse(err);
	return r;
}

int auth_check_code(const struct auth *a, const struct auth_proof *p,
	char out[static AUTH_CODE_MAX], struct error *err)
{
	static const char label[] = "slipway-code-v1"; /* its NUL is hashed too */
	auto_buf text = { 0 };
	struct digest d;
	uint64_t number = 0;
	int r;

	buf_add(&text, label, sizeof(label));
	buf_add(&text, a->pin.bytes, sizeof(a->pin.bytes));
	buf_add(&text, p->key, sizeof(p->key));
	buf_add(&text, p->nonce, sizeof(p->nonce));
	r = buf_check(&text, "the check code's text", err);
	if (r == 0)
		r = digest_of(buf_str(&text), text.len, &d, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | d.bytes[i];
	number %= 100000000;
	snprintf(out, AUTH_CODE_MAX, "%04u-%04u", (unsigned)(number / 10000),
		(unsigned)(number % 10000));
	return 0;
}

int auth_mint_token(char out[static AUTH_TOKEN_MAX], struct digest *ret, struct error *err)
{
	uint8_t bytes[TOKEN_SIZE];
	int r = random_bytes(bytes, sizeof(bytes), err);

	if (r < 0)
		return r;
	base64url_format(bytes, sizeof(bytes), out);
	explicit_bzero(bytes, sizeof(bytes));
	return digest_of(out, strlen(out), ret, err);
}

int auth_read_token(const char *header, struct digest *ret, struct error *err)
{
	static const char scheme[] = "Bearer ";

	if (!header || strncmp(header, scheme, sizeof(scheme) - 1) != 0 ||
		strlen(header) >= sizeof(scheme) - 1 + AUTH_TOKEN_MAX)
		return fail_code(err, EACCES, "SW-5001", "a machine's token is wanted, as Bearer");
	header += sizeof(scheme) - 1;
	return digest_of(header, strlen(header), ret, err);
}
