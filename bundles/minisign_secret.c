// SPDX-License-Identifier: Apache-2.0
/*
 * Secret keys. Behind the comment line, base64 of 158 bytes:
 *
 *	0    "Ed"               signature algorithm
 *	2    "Sc" or two zeros  key derivation: scrypt, or none
 *	4    "B2"               checksum algorithm: BLAKE2b-256
 *	6    salt[32]           of scrypt
 *	38   operations, le64   libsodium's opslimit of scrypt
 *	46   memory, le64       libsodium's memlimit: bytes
 *	54   key id[8], seed[32], public key[32], checksum[32] of algorithm, id, seed and public key
 *
 * With scrypt, the last 104 bytes are XORed with its output. Without it, minisign leaves the
 * checksum zero; the public key is derived anew, so damage shows either way.
 */
#include <endian.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "bundles/blake2b.h"
#include "bundles/minisign.h"

#define SALT_SIZE     32
#define CHECKSUM_SIZE 32
#define SEALED_SIZE   (MINISIGN_ID_SIZE + 2 * ED25519_KEY_SIZE + CHECKSUM_SIZE)
#define MEMORY_MAX    (1ull << 30) /* of minisign itself; a key that asks for more is refused */
/* N = 2^17, r = 8, p = 1, in libsodium's terms: OWASP's advice for scrypt. minisign takes 2^20. */
#define OPS_OURS    (1u << 22)
#define MEMORY_OURS (1u << 27)
#define OPS_MAX     (1ull << 26)
#define COMMENT     "untrusted comment: slipway secret key: keep it secret\n"

struct __attribute__((packed)) secret_file {
	uint8_t algorithm[2];
	uint8_t kdf[2];
	uint8_t checksum_algorithm[2];
	uint8_t salt[SALT_SIZE];
	uint64_t ops; /* little-endian, as is memory */
	uint64_t memory;
	uint8_t id[MINISIGN_ID_SIZE];
	uint8_t seed[ED25519_KEY_SIZE];
	uint8_t key[ED25519_KEY_SIZE];
	uint8_t checksum[CHECKSUM_SIZE];
};

/* The last part: from the id to the end. */
static uint8_t *sealed_part(struct secret_file *f)
{
	return (uint8_t *)f + offsetof(struct secret_file, id);
}

static const uint8_t kdf_scrypt[2] = "Sc";
static const uint8_t kdf_none[2] = { 0, 0 };

/* libsodium's choice of scrypt's parameters (crypto_pwhash_scryptsalsa208sha256, pickparams). */
static void scrypt_parameters(uint64_t ops, uint64_t memory, uint64_t *n, uint64_t *p)
{
	const uint64_t r = 8;
	uint64_t limit;
	unsigned int log = 1;

	if (ops < 32768)
		ops = 32768;
	limit = ops < memory / 32 ? ops / (r * 4) : memory / (r * 128);
	while (log < 63 && (1ull << log) <= limit / 2)
		log++;
	*n = 1ull << log;
	*p = 1;
	if (ops >= memory / 32)
		*p = ((ops / 4) >> log) / r;
}

static int scrypt(const char *password, const struct secret_file *f, uint8_t out[SEALED_SIZE],
	struct error *err)
{
	uint64_t n;
	uint64_t r = 8;
	uint64_t p;
	uint64_t memory_max = 2 * MEMORY_MAX;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[7];
	int done;

	scrypt_parameters(le64toh(f->ops), le64toh(f->memory), &n, &p);
	params[0] = OSSL_PARAM_construct_octet_string(
		OSSL_KDF_PARAM_PASSWORD, (void *)password, strlen(password));
	params[1] =
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)f->salt, SALT_SIZE);
	params[2] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n);
	params[3] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r);
	params[4] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p);
	params[5] = OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory_max);
	params[6] = OSSL_PARAM_construct_end();
	done = ctx && EVP_KDF_derive(ctx, out, SEALED_SIZE, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return done ? 0 : fail_code(err, ENOMEM, NULL, "scrypt failed: it needs 1 GiB of memory");
}

/* Seals or opens the last part: the same XOR. */
static int seal(struct secret_file *f, const char *password, struct error *err)
{
	uint8_t *sealed = sealed_part(f);
	uint8_t stream[SEALED_SIZE];
	int r = scrypt(password, f, stream, err);

	for (size_t i = 0; r == 0 && i < SEALED_SIZE; i++)
		sealed[i] ^= stream[i];
	OPENSSL_cleanse(stream, sizeof(stream));
	return r;
}

static void checksum(struct secret_file *f, uint8_t out[CHECKSUM_SIZE])
{
	uint8_t covered[2 + MINISIGN_ID_SIZE + 2 * ED25519_KEY_SIZE];

	memcpy(covered, f->algorithm, 2);
	memcpy(covered + 2, sealed_part(f), sizeof(covered) - 2);
	blake2b(covered, sizeof(covered), out, CHECKSUM_SIZE);
	OPENSSL_cleanse(covered, sizeof(covered));
}

int minisign_secret_format(
	const struct minisign_secret *k, const char *password, char *out, struct error *err)
{
	struct secret_file f = { .algorithm = "Ed", .checksum_algorithm = "B2" };
	char text[BASE64_SIZE(sizeof(f))];
	int r = 0;

	memcpy(f.id, k->public.id, sizeof(f.id));
	memcpy(f.seed, k->seed, sizeof(f.seed));
	memcpy(f.key, k->public.key, sizeof(f.key));
	if (password) {
		memcpy(f.kdf, kdf_scrypt, sizeof(f.kdf));
		f.ops = htole64(OPS_OURS);
		f.memory = htole64(MEMORY_OURS);
		checksum(&f, f.checksum);
		r = random_bytes(f.salt, sizeof(f.salt), err);
		if (r == 0)
			r = seal(&f, password, err);
	}
	base64_format((const uint8_t *)&f, sizeof(f), text);
	if (r == 0)
		(void)snprintf(out, MINISIGN_FILE_MAX, COMMENT "%s\n", text);
	OPENSSL_cleanse(&f, sizeof(f));
	OPENSSL_cleanse(text, sizeof(text));
	return r;
}

static int file_parse(const char *text, size_t n, struct secret_file *ret, struct error *err)
{
	const char *line = memchr(text, '\n', n);
	const char *end;
	size_t got = 0;

	line = line ? line + 1 : text;
	end = memchr(line, '\n', n - (size_t)(line - text));
	n = end ? (size_t)(end - line) : n - (size_t)(line - text);
	if (base64_parse(line, n, (uint8_t *)ret, sizeof(*ret), &got, err) < 0 ||
		got != sizeof(*ret) || memcmp(ret->algorithm, "Ed", 2) != 0 ||
		memcmp(ret->checksum_algorithm, "B2", 2) != 0)
		return fail_code(err, EINVAL, "SW-2010", "it is no minisign secret key");
	if (memcmp(ret->kdf, kdf_none, 2) != 0 && memcmp(ret->kdf, kdf_scrypt, 2) != 0)
		return fail_code(
			err, EINVAL, "SW-2010", "its password is kept in a way unknown here");
	if (le64toh(ret->memory) > MEMORY_MAX || le64toh(ret->ops) > OPS_MAX)
		return fail_code(
			err, EINVAL, "SW-2010", "its password needs more than 1 GiB to check");
	return 0;
}

bool minisign_secret_encrypted(const char *text, size_t n)
{
	struct secret_file f;
	struct error ignored = { 0 };
	bool is = file_parse(text, n, &f, &ignored) == 0 && memcmp(f.kdf, kdf_scrypt, 2) == 0;

	OPENSSL_cleanse(&f, sizeof(f));
	return is;
}

/* Opens the file in place and proves that what came out is a key. */
static int file_open(struct secret_file *f, const char *password, struct error *err)
{
	bool sealed = memcmp(f->kdf, kdf_scrypt, 2) == 0;
	uint8_t sum[CHECKSUM_SIZE];
	uint8_t key[ED25519_KEY_SIZE];
	int r = 0;

	if (sealed && !password)
		return fail_code(err, EACCES, "SW-2010", "it needs its password");
	if (sealed)
		r = seal(f, password, err);
	if (r < 0)
		return r;
	checksum(f, sum);
	if (sealed && CRYPTO_memcmp(sum, f->checksum, sizeof(sum)) != 0)
		return fail_code(err, EACCES, "SW-2010", "its password is another one");
	r = ed25519_public(f->seed, key, err);
	if (r == 0 && memcmp(key, f->key, sizeof(key)) != 0)
		r = fail_code(
			err, EINVAL, "SW-2010", "it is damaged: its halves do not belong together");
	return r;
}

int minisign_secret_parse(const char *text, size_t n, const char *password,
	struct minisign_secret *ret, struct error *err)
{
	struct secret_file f;
	int r = file_parse(text, n, &f, err);

	if (r == 0)
		r = file_open(&f, password, err);
	if (r == 0) {
		memcpy(ret->public.id, f.id, sizeof(f.id));
		memcpy(ret->public.key, f.key, sizeof(f.key));
		memcpy(ret->seed, f.seed, sizeof(f.seed));
	}
	OPENSSL_cleanse(&f, sizeof(f));
	return r;
}

int minisign_generate(struct minisign_secret *ret, struct error *err)
{
	int r = random_bytes(ret->public.id, sizeof(ret->public.id), err);

	return r < 0 ? r : ed25519_generate(ret->seed, ret->public.key, err);
}

void minisign_secret_wipe(struct minisign_secret *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}
