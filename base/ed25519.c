// SPDX-License-Identifier: Apache-2.0
/* Ed25519 through OpenSSL's EVP, and randomness from the kernel. */
#include "base/ed25519.h"

#include <openssl/evp.h>
#include <sys/random.h>

static void cleanup_pkey(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void cleanup_md(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

#define auto_pkey __attribute__((cleanup(cleanup_pkey))) EVP_PKEY
#define auto_md   __attribute__((cleanup(cleanup_md))) EVP_MD_CTX

int random_bytes(void *p, size_t n, struct error *err)
{
	uint8_t *at = p;

	while (n > 0) {
		ssize_t done = getrandom(at, n, 0);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail(err, errno, "reading randomness from the kernel");
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int ed25519_generate(uint8_t seed[static ED25519_KEY_SIZE], uint8_t pub[static ED25519_KEY_SIZE],
	struct error *err)
{
	int r = random_bytes(seed, ED25519_KEY_SIZE, err);

	return r < 0 ? r : ed25519_public(seed, pub, err);
}

int ed25519_public(const uint8_t seed[static ED25519_KEY_SIZE],
	uint8_t pub[static ED25519_KEY_SIZE], struct error *err)
{
	auto_pkey *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
		ED25519_KEY_SIZE);
	size_t n = ED25519_KEY_SIZE;

	if (!key || EVP_PKEY_get_raw_public_key(key, pub, &n) != 1)
		return fail_code(err, EINVAL, NULL, "not an Ed25519 private key");
	return 0;
}

int ed25519_sign(const uint8_t seed[static ED25519_KEY_SIZE], const void *p, size_t n,
	uint8_t sig[static ED25519_SIGNATURE_SIZE], struct error *err)
{
	auto_pkey *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
		ED25519_KEY_SIZE);
	auto_md *ctx = EVP_MD_CTX_new();
	size_t size = ED25519_SIGNATURE_SIZE;

	if (!key || !ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
		EVP_DigestSign(ctx, sig, &size, p, n) != 1)
		return fail_code(err, EIO, NULL, "signing with Ed25519 failed");
	return 0;
}

int ed25519_verify(const uint8_t pub[static ED25519_KEY_SIZE], const void *p, size_t n,
	const uint8_t sig[static ED25519_SIGNATURE_SIZE], struct error *err)
{
	auto_pkey *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub,
		ED25519_KEY_SIZE);
	auto_md *ctx = EVP_MD_CTX_new();

	if (!key || !ctx || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) != 1)
		return fail_code(err, EIO, NULL, "preparing an Ed25519 verification failed");
	if (EVP_DigestVerify(ctx, sig, ED25519_SIGNATURE_SIZE, p, n) != 1)
		return fail_code(err, EBADMSG, NULL, "the signature does not match");
	return 0;
}
