// SPDX-License-Identifier: Apache-2.0
/* The kubelet's key and certificate request, through OpenSSL. */
#include "provisioner/agent/kubelet.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct kubelet_key {
	EVP_PKEY *pkey;
};

static void cleanup_bio(BIO **b)
{
	BIO_free(*b);
}
#define auto_bio __attribute__((cleanup(cleanup_bio))) BIO

static void cleanup_request(X509_REQ **r)
{
	X509_REQ_free(*r);
}
#define auto_request __attribute__((cleanup(cleanup_request))) X509_REQ

static int fail_openssl(struct error *err, const char *what)
{
	char text[128];

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	ERR_clear_error();
	return fail_code(err, EIO, NULL, "%s: %s", what, text);
}

int kubelet_key_new(struct kubelet_key **ret, struct error *err)
{
	struct kubelet_key *k = calloc(1, sizeof(*k));

	if (!k)
		return fail_memory(err);
	k->pkey = EVP_EC_gen("P-256");
	if (!k->pkey) {
		free(k);
		return fail_openssl(err, "making the kubelet's key");
	}
	*ret = k;
	return 0;
}

void kubelet_key_free(struct kubelet_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

static bool add_name(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(
		       name, field, MBSTRING_UTF8, (const uint8_t *)value, -1, -1, 0) == 1;
}

static int add_bio(BIO *bio, struct buf *out, const char *what, struct error *err)
{
	char *text;
	long n = BIO_get_mem_data(bio, &text);

	buf_add(out, text, n > 0 ? (size_t)n : 0);
	return buf_check(out, what, err);
}

int kubelet_key_request(const struct kubelet_key *k, const char *common_name,
	const char *organization, struct buf *out, struct error *err)
{
	auto_request *req = X509_REQ_new();
	auto_bio *bio = BIO_new(BIO_s_mem());

	if (!req || !bio)
		return fail_memory(err);
	if (X509_REQ_set_version(req, X509_REQ_VERSION_1) != 1 ||
		!add_name(X509_REQ_get_subject_name(req), "O", organization) ||
		!add_name(X509_REQ_get_subject_name(req), "CN", common_name) ||
		X509_REQ_set_pubkey(req, k->pkey) != 1 ||
		X509_REQ_sign(req, k->pkey, EVP_sha256()) <= 0 ||
		PEM_write_bio_X509_REQ(bio, req) != 1)
		return fail_openssl(err, "making the kubelet's certificate request");
	return add_bio(bio, out, "the certificate request", err);
}

static int check_certificate(
	const struct kubelet_key *k, const char *certificates, struct error *err)
{
	auto_bio *bio = BIO_new_mem_buf(certificates, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	int ours = cert ? X509_check_private_key(cert, k->pkey) : 0;

	X509_free(cert);
	ERR_clear_error(); /* the answer is in `cert` and `ours` */
	if (!cert)
		return fail_code(err, EBADMSG, "SW-4011", "the kubelet's certificate is not PEM");
	if (ours != 1)
		return fail_code(err, EBADMSG, "SW-4011",
			"the kubelet's certificate is for another key than this machine's");
	return 0;
}

int kubelet_key_bundle(
	const struct kubelet_key *k, const char *certificates, struct buf *out, struct error *err)
{
	auto_bio *bio = BIO_new(BIO_s_secmem());
	size_t n = strlen(certificates);
	int r = check_certificate(k, certificates, err);

	if (r < 0)
		return r;
	if (!bio)
		return fail_memory(err);
	if (PEM_write_bio_PrivateKey_traditional(bio, k->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		return fail_openssl(err, "writing the kubelet's key");
	buf_add(out, certificates, n);
	if (n > 0 && certificates[n - 1] != '\n')
		buf_puts(out, "\n");
	return add_bio(bio, out, "the kubelet's key", err);
}
