// SPDX-License-Identifier: Apache-2.0
/*
 * Public keys and signatures. A file is lines of text:
 *
 *	untrusted comment: any words
 *	base64(algorithm[2] || key id[8] || key[32])                      a public key ends here
 *	base64(algorithm[2] || key id[8] || signature[64])                a signature goes on:
 *	trusted comment: any words
 *	base64(signature[64] over the signature above || trusted comment)
 *
 * The algorithm is "Ed" in keys and "ED" (prehashed) in signatures.
 */
#include "bundles/minisign.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"

#define HASH_SIZE   64
#define PUBLIC_SIZE (2 + MINISIGN_ID_SIZE + ED25519_KEY_SIZE)
#define SIGNED_SIZE (2 + MINISIGN_ID_SIZE + ED25519_SIGNATURE_SIZE)
#define UNTRUSTED   "untrusted comment: "
#define TRUSTED     "trusted comment: "

const char *minisign_id_format(
	const uint8_t id[static MINISIGN_ID_SIZE], char out[static MINISIGN_ID_TEXT])
{
	for (int i = 0; i < MINISIGN_ID_SIZE; i++) /* a little-endian number */
		(void)snprintf(out + 2 * i, 3, "%02X", id[MINISIGN_ID_SIZE - 1 - i]);
	return out;
}

struct line {
	const char *p;
	size_t n;
};

/* Takes the next line off the text; an empty one at its end. */
static struct line line_next(const char **text, size_t *n)
{
	const char *end = memchr(*text, '\n', *n);
	struct line line = { *text, end ? (size_t)(end - *text) : *n };
	size_t taken = end ? line.n + 1 : line.n;

	*text += taken;
	*n -= taken;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool line_starts(struct line line, const char *prefix)
{
	return line.n >= strlen(prefix) && memcmp(line.p, prefix, strlen(prefix)) == 0;
}

/* Decodes a line that must hold exactly `size` bytes. */
static bool line_decode(struct line line, uint8_t *out, size_t size)
{
	struct error ignored = { 0 };
	size_t got = 0;

	return base64_parse(line.p, line.n, out, size, &got, &ignored) == 0 && got == size;
}

int minisign_public_parse(
	const char *text, size_t n, struct minisign_public *ret, struct error *err)
{
	uint8_t raw[PUBLIC_SIZE];
	struct line line = line_next(&text, &n);

	if (line_starts(line, "untrusted comment:"))
		line = line_next(&text, &n);
	if (!line_decode(line, raw, sizeof(raw)) || memcmp(raw, "Ed", 2) != 0)
		return fail_code(err, EINVAL, "SW-2010", "it is no minisign public key");
	memcpy(ret->id, raw + 2, sizeof(ret->id));
	memcpy(ret->key, raw + 2 + MINISIGN_ID_SIZE, sizeof(ret->key));
	return 0;
}

void minisign_public_format(const struct minisign_public *k, char *out)
{
	uint8_t raw[PUBLIC_SIZE];
	char text[BASE64_SIZE(PUBLIC_SIZE)];
	char id[MINISIGN_ID_TEXT];

	memcpy(raw, "Ed", 2);
	memcpy(raw + 2, k->id, sizeof(k->id));
	memcpy(raw + 2 + MINISIGN_ID_SIZE, k->key, sizeof(k->key));
	base64_format(raw, sizeof(raw), text);
	(void)snprintf(out, MINISIGN_FILE_MAX, UNTRUSTED "minisign public key %s\n%s\n",
		minisign_id_format(k->id, id), text);
}

int minisign_signature_parse(
	const char *text, size_t n, struct minisign_signature *ret, struct error *err)
{
	uint8_t raw[SIGNED_SIZE];
	struct line head = line_next(&text, &n);
	struct line file = line_next(&text, &n);
	struct line comment = line_next(&text, &n);
	struct line global = line_next(&text, &n);
	size_t skip = strlen(TRUSTED);

	if (n > 0 || !line_starts(head, "untrusted comment:") || !line_starts(comment, TRUSTED) ||
		!line_decode(file, raw, sizeof(raw)) ||
		!line_decode(global, ret->global, sizeof(ret->global)))
		return fail_code(err, EBADMSG, "SW-2004", "it is no minisign signature");
	if (memcmp(raw, "ED", 2) != 0)
		return fail_code(err, EBADMSG, "SW-2004",
			"its signature is not of minisign's prehashed kind");
	if (comment.n - skip >= sizeof(ret->comment) || memchr(comment.p, '\0', comment.n))
		return fail_code(err, EBADMSG, "SW-2004", "its trusted comment is too long");
	memcpy(ret->id, raw + 2, sizeof(ret->id));
	memcpy(ret->file, raw + 2 + MINISIGN_ID_SIZE, sizeof(ret->file));
	memcpy(ret->comment, comment.p + skip, comment.n - skip);
	ret->comment[comment.n - skip] = '\0';
	return 0;
}

static int prehash(const void *p, size_t n, uint8_t out[HASH_SIZE], struct error *err)
{
	unsigned int size = HASH_SIZE;

	if (EVP_Digest(p, n, out, &size, EVP_blake2b512(), NULL) != 1)
		return fail_code(err, EIO, NULL, "OpenSSL has no BLAKE2b-512");
	return 0;
}

/* What the second signature covers: the first one and the comment. Returns its size. */
static size_t global_message(const uint8_t file[ED25519_SIGNATURE_SIZE], const char *comment,
	uint8_t out[ED25519_SIGNATURE_SIZE + MINISIGN_COMMENT_MAX])
{
	size_t n = strnlen(comment, MINISIGN_COMMENT_MAX - 1);

	memcpy(out, file, ED25519_SIGNATURE_SIZE);
	memcpy(out + ED25519_SIGNATURE_SIZE, comment, n);
	return ED25519_SIGNATURE_SIZE + n;
}

int minisign_verify(const struct minisign_public *k, const struct minisign_signature *sig,
	const void *p, size_t n, struct error *err)
{
	uint8_t hash[HASH_SIZE];
	uint8_t global[ED25519_SIGNATURE_SIZE + MINISIGN_COMMENT_MAX];
	size_t global_size = global_message(sig->file, sig->comment, global);
	int r = prehash(p, n, hash, err);

	if (r < 0)
		return r;
	if (memcmp(k->id, sig->id, sizeof(k->id)) != 0)
		return fail_code(err, EBADMSG, "SW-2003", "it is signed with another key");
	if (ed25519_verify(k->key, hash, sizeof(hash), sig->file, err) < 0)
		return fail_code(err, EBADMSG, "SW-2004", "its signature does not hold");
	if (ed25519_verify(k->key, global, global_size, sig->global, err) < 0)
		return fail_code(
			err, EBADMSG, "SW-2004", "the signature over its comment does not hold");
	return 0;
}

int minisign_sign(const struct minisign_secret *k, const void *p, size_t n, const char *comment,
	char *out, struct error *err)
{
	uint8_t raw[SIGNED_SIZE];
	uint8_t *file = raw + 2 + MINISIGN_ID_SIZE;
	uint8_t hash[HASH_SIZE];
	uint8_t global[ED25519_SIGNATURE_SIZE + MINISIGN_COMMENT_MAX];
	uint8_t second[ED25519_SIGNATURE_SIZE];
	char file_text[BASE64_SIZE(SIGNED_SIZE)];
	char second_text[BASE64_SIZE(ED25519_SIGNATURE_SIZE)];
	int r = prehash(p, n, hash, err);

	if (r == 0)
		r = ed25519_sign(k->seed, hash, sizeof(hash), file, err);
	if (r == 0)
		r = ed25519_sign(
			k->seed, global, global_message(file, comment, global), second, err);
	if (r < 0)
		return r;
	memcpy(raw, "ED", 2);
	memcpy(raw + 2, k->public.id, MINISIGN_ID_SIZE);
	base64_format(raw, sizeof(raw), file_text);
	base64_format(second, sizeof(second), second_text);
	(void)snprintf(out, MINISIGN_FILE_MAX, MINISIGN_UNTRUSTED "%s\n" TRUSTED "%.*s\n%s\n",
		file_text, MINISIGN_COMMENT_MAX - 1, comment, second_text);
	return 0;
}
