// SPDX-License-Identifier: Apache-2.0
/* The machine's key. */
#include "provisioner/agent/identity.h"

#include <stdio.h>
#include <string.h>

#define ENROL_LABEL "slipway-enrol-v1" /* the NUL counts */
#define CODE_LABEL  "slipway-code-v1"  /* the NUL counts */

int identity_new(struct identity *ret, struct error *err)
{
	return ed25519_generate(ret->seed, ret->pub, err);
}

void identity_done(struct identity *id)
{
	explicit_bzero(id, sizeof(*id));
}

int identity_sign(const struct identity *id, const struct digest *pin,
	const uint8_t nonce[static IDENTITY_NONCE_SIZE], const char *inventory,
	uint8_t sig[static ED25519_SIGNATURE_SIZE], struct error *err)
{
	struct {
		char label[sizeof(ENROL_LABEL)];
		uint8_t pin[DIGEST_SIZE];
		uint8_t nonce[IDENTITY_NONCE_SIZE];
		uint8_t inventory[DIGEST_SIZE];
	} message = { .label = ENROL_LABEL };
	struct digest d;
	int r = digest_of(inventory, strlen(inventory), &d, err);

	_Static_assert(sizeof(message) == 17 + 3 * 32, "bytes only, nothing between them");
	if (r < 0)
		return r;
	memcpy(message.pin, pin->bytes, DIGEST_SIZE);
	memcpy(message.nonce, nonce, IDENTITY_NONCE_SIZE);
	memcpy(message.inventory, d.bytes, DIGEST_SIZE);
	return ed25519_sign(id->seed, &message, sizeof(message), sig, err);
}

int identity_check_code(const uint8_t pub[static ED25519_KEY_SIZE], const struct digest *pin,
	const uint8_t nonce[static IDENTITY_NONCE_SIZE], char out[static CHECK_CODE_MAX],
	struct error *err)
{
	struct {
		char label[sizeof(CODE_LABEL)];
		uint8_t pin[DIGEST_SIZE];
		uint8_t pub[ED25519_KEY_SIZE];
		uint8_t nonce[IDENTITY_NONCE_SIZE];
	} message = { .label = CODE_LABEL };
	struct digest d;
	uint64_t value = 0;
	unsigned code;
	int r;

	_Static_assert(sizeof(message) == 16 + 3 * 32, "bytes only, nothing between them");
	memcpy(message.pin, pin->bytes, DIGEST_SIZE);
	memcpy(message.pub, pub, ED25519_KEY_SIZE);
	memcpy(message.nonce, nonce, IDENTITY_NONCE_SIZE);
	r = digest_of(&message, sizeof(message), &d, err);
	if (r < 0)
		return r;
	for (int i = 0; i < 8; i++)
		value = value << 8 | d.bytes[i];
	code = (unsigned)(value % 100000000);
	(void)snprintf(out, CHECK_CODE_MAX, "%04u-%04u", code / 10000 % 10000, code % 10000);
	return 0;
}
