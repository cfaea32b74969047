// SPDX-License-Identifier: Apache-2.0
/* The appliance's key and certificate, by OpenSSL. */
#include "provisioner/daemon/tls_identity.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"

#define PEM_MAX       (64u << 10)
#define LIFETIME_DAYS 36500 /* dates are looked at by nobody */

static void free_key(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}
static void free_cert(X509 **c)
{
	X509_free(*c);
}
static void free_bio(BIO **b)
{
	BIO_free(*b);
}
#define auto_key  __attribute__((cleanup(free_key)))
#define auto_cert __attribute__((cleanup(free_cert)))
#define auto_bio  __attribute__((cleanup(free_bio)))

static int refuse(struct error *err, const char *what)
{
	return fail_code(err, EINVAL, "SW-1023", "the appliance's own key: %s", what);
}

void tls_identity_done(struct tls_identity *t)
{
	if (t->key_pem)
		explicit_bzero(t->key_pem, strlen(t->key_pem));
	free(t->key_pem);
	free(t->cert_pem);
	*t = (struct tls_identity){ 0 };
}

static X509 *sign_certificate(EVP_PKEY *key)
{
	auto_cert X509 *cert = X509_new();
	X509_NAME *name;

	if (!cert || !X509_set_version(cert, X509_VERSION_3) ||
		!ASN1_INTEGER_set(X509_get_serialNumber(cert), 1))
		return NULL;
	name = X509_get_subject_name(cert);
	if (!X509_gmtime_adj(X509_getm_notBefore(cert), -86400) ||
		!X509_time_adj_ex(X509_getm_notAfter(cert), LIFETIME_DAYS, 0, NULL) ||
		!X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			(const unsigned char *)"slipway appliance", -1, -1, 0) ||
		!X509_set_issuer_name(cert, name) || !X509_set_pubkey(cert, key) ||
		X509_sign(cert, key, EVP_sha256()) <= 0)
		return NULL;
	return take_ptr(&cert);
}

/* Writes what `bio` holds as a file. */
static int write_pem(BIO *bio, const char *path, mode_t mode, struct error *err)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);

	if (n <= 0)
		return refuse(err, "it can't be written as PEM");
	return file_write(path, data, (size_t)n, mode, err);
}

static int make(const char *key_path, const char *cert_path, struct error *err)
{
	auto_key EVP_PKEY *key = EVP_EC_gen("P-256");
	auto_cert X509 *cert = key ? sign_certificate(key) : NULL;
	auto_bio BIO *key_bio = BIO_new(BIO_s_secmem());
	auto_bio BIO *cert_bio = BIO_new(BIO_s_mem());
	int r;

	if (!cert || !key_bio || !cert_bio ||
		!PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) ||
		!PEM_write_bio_X509(cert_bio, cert))
		return refuse(err, "it can't be made");
	/* the certificate first: a key without one is made anew, a certificate without a key too */
	r = write_pem(cert_bio, cert_path, 0644, err);
	return r == 0 ? write_pem(key_bio, key_path, 0600, err) : r;
}

static int read_text(const char *path, char **ret, struct error *err)
{
	auto_buf text = { .max = PEM_MAX };
	int r = file_read(path, PEM_MAX, &text, err);

	return r < 0 ? r : buf_take(&text, ret, err);
}

static EVP_PKEY *parse_key(const char *pem)
{
	auto_bio BIO *bio = BIO_new_mem_buf(pem, -1);

	return bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
}

static X509 *parse_certificate(const char *pem)
{
	auto_bio BIO *bio = BIO_new_mem_buf(pem, -1);

	return bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}

static int compute_pin(struct tls_identity *t, struct error *err)
{
	auto_key EVP_PKEY *key = parse_key(t->key_pem);
	auto_cert X509 *cert = parse_certificate(t->cert_pem);
	unsigned char *der = NULL;
	int n, r;

	if (!key || !cert)
		return refuse(err, "appliance.key or appliance.crt is no PEM");
	if (!X509_check_private_key(cert, key))
		return refuse(err, "appliance.crt belongs to another key");
	n = i2d_PUBKEY(key, &der);
	if (n <= 0)
		return refuse(err, "its public half can't be encoded");
	r = digest_of(der, (size_t)n, &t->pin, err);
	OPENSSL_free(der);
	return r;
}

int tls_identity_open(struct tls_identity *t, const char *dir, struct error *err)
{
	char key_path[PATH_MAX], cert_path[PATH_MAX];
	int r = 0;

	*t = (struct tls_identity){ 0 };
	if ((size_t)snprintf(key_path, sizeof(key_path), "%s/appliance.key", dir) >=
			sizeof(key_path) ||
		(size_t)snprintf(cert_path, sizeof(cert_path), "%s/appliance.crt", dir) >=
			sizeof(cert_path))
		return fail(err, ENAMETOOLONG, "the state folder");
	if (!file_exists(key_path) || !file_exists(cert_path))
		r = make(key_path, cert_path, err);
	if (r == 0)
		r = read_text(key_path, &t->key_pem, err);
	if (r == 0)
		r = read_text(cert_path, &t->cert_pem, err);
	if (r == 0)
		r = compute_pin(t, err);
	if (r < 0)
		tls_identity_done(t);
	return r;
}
