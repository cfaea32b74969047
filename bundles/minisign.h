// SPDX-License-Identifier: Apache-2.0
/*
 * minisign's keys and signatures (https://jedisct1.github.io/minisign/, "Signature format"), so
 * that `minisign -V` checks what we sign and `minisign -S` signs what we accept.
 *
 * Only prehashed signatures ("ED": Ed25519 over BLAKE2b-512 of the file) are read and written, and
 * the second signature over the trusted comment is always checked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ed25519.h"
#include "base/error.h"

#define MINISIGN_ID_SIZE     8
#define MINISIGN_FILE_MAX    2048 /* bytes of a key or signature file */
#define MINISIGN_COMMENT_MAX 512
#define MINISIGN_ID_TEXT     17

/* The first line of the signatures we make. */
#define MINISIGN_UNTRUSTED "untrusted comment: signature from slipway bundle create\n"

struct minisign_public {
	uint8_t id[MINISIGN_ID_SIZE]; /* tells keys apart; proves nothing */
	uint8_t key[ED25519_KEY_SIZE];
};

struct minisign_secret {
	struct minisign_public public;
	uint8_t seed[ED25519_KEY_SIZE];
};

struct minisign_signature {
	uint8_t id[MINISIGN_ID_SIZE]; /* of the key that made it */
	uint8_t file[ED25519_SIGNATURE_SIZE];
	uint8_t global[ED25519_SIGNATURE_SIZE]; /* over `file` and the trusted comment */
	char comment[MINISIGN_COMMENT_MAX];     /* the trusted comment */
};

/* "7AE95F7622E62C15", as minisign writes it; returns out. */
const char *minisign_id_format(
	const uint8_t id[static MINISIGN_ID_SIZE], char out[static MINISIGN_ID_TEXT]);

/* Reads a public key: the two lines of a .pub file, or the base64 line alone. */
int minisign_public_parse(
	const char *text, size_t n, struct minisign_public *ret, struct error *err);
/* The text of a .pub file; out has MINISIGN_FILE_MAX bytes. */
void minisign_public_format(const struct minisign_public *k, char *out);

/* Reads the four lines of a .minisig file. */
int minisign_signature_parse(
	const char *text, size_t n, struct minisign_signature *ret, struct error *err);

/* 0 where both signatures over p hold under the key; -EBADMSG where one does not. */
int minisign_verify(const struct minisign_public *k, const struct minisign_signature *sig,
	const void *p, size_t n, struct error *err);

/* Signs p; out (MINISIGN_FILE_MAX bytes) takes the text of the .minisig file. `comment` is one
 * line. */
int minisign_sign(const struct minisign_secret *k, const void *p, size_t n, const char *comment,
	char *out, struct error *err);

/* A new pair. */
int minisign_generate(struct minisign_secret *ret, struct error *err);

/* The text of a secret key file; out has MINISIGN_FILE_MAX bytes. password NULL: not encrypted. */
int minisign_secret_format(
	const struct minisign_secret *k, const char *password, char *out, struct error *err);

/* True where the text is that of a secret key which needs a password. */
bool minisign_secret_encrypted(const char *text, size_t n);
/* Reads a secret key. -EACCES: the password is wrong or missing. */
int minisign_secret_parse(const char *text, size_t n, const char *password,
	struct minisign_secret *ret, struct error *err);

/* Overwrites the key. */
void minisign_secret_wipe(struct minisign_secret *k);
