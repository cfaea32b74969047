// SPDX-License-Identifier: Apache-2.0
/* Checks certificate requests with OpenSSL. */
#include <ctype.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/cleanup.h"
#include "provisioner/daemon/csr.h"

#define CODE         "SW-4010"
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define PEM_BEGIN    "-----BEGIN CERTIFICATE REQUEST-----"
#define PEM_END      "-----END CERTIFICATE REQUEST-----"

void csr_done(struct csr *c)
{
	X509_REQ_free(c->req);
	free(c->pem);
	*c = (struct csr){ 0 };
}

static int refuse(struct error *err, const char *why)
{
	ERR_clear_error();
	return fail_code(err, EPERM, CODE, "the certificate request is refused: %s", why);
}

/* Exactly one block, with nothing but white space around it. */
static bool pem_alone(const char *pem, size_t n)
{
	const char *end = memmem(pem, n, PEM_END, strlen(PEM_END));

	if (n < strlen(PEM_BEGIN) || memcmp(pem, PEM_BEGIN, strlen(PEM_BEGIN)) != 0 || !end)
		return false;
	for (end += strlen(PEM_END); end < pem + n; end++)
		if (!isspace((unsigned char)*end))
			return false;
	return true;
}

static int request_read(const char *pem, size_t n, X509_REQ **ret, struct error *err)
{
	BIO *bio;

	if (n > CSR_PEM_MAX || !pem_alone(pem, n))
		return refuse(err, "it is not one PEM block");
	bio = BIO_new_mem_buf(pem, (int)n);
	if (!bio)
		return fail_memory(err);
	*ret = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return *ret ? 0 : refuse(err, "it cannot be read");
}

static bool entry_is(X509_NAME *name, int nid, const char *expected)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	const ASN1_STRING *value;
	int type;

	if (at < 0)
		return false;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	type = ASN1_STRING_type(value);
	return (type == V_ASN1_UTF8STRING || type == V_ASN1_PRINTABLESTRING) &&
	       (size_t)ASN1_STRING_length(value) == strlen(expected) &&
	       memcmp(ASN1_STRING_get0_data(value), expected, strlen(expected)) == 0;
}

static int subject_check(X509_NAME *name, const char *node, struct error *err)
{
	char expected[CSR_NODE_MAX + 16];

	(void)snprintf(expected, sizeof(expected), "system:node:%s", node);
	if (X509_NAME_entry_count(name) != 2)
		return refuse(err, "its subject has more or fewer parts than O and CN");
	if (!entry_is(name, NID_organizationName, "system:nodes"))
		return refuse(err, "its organization is not system:nodes");
	if (!entry_is(name, NID_commonName, expected))
		return fail_code(err, EPERM, CODE,
			"the certificate request is refused: it is not for %s", expected);
	return 0;
}

static int key_check(EVP_PKEY *key, bool *ret_rsa, struct error *err)
{
	char group[32] = "";

	if (!key)
		return refuse(err, "its key cannot be read");
	*ret_rsa = EVP_PKEY_is_a(key, "RSA") == 1;
	if (*ret_rsa) {
		int bits = EVP_PKEY_get_bits(key);

		return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX
			       ? 0
			       : refuse(err, "its RSA key has not between 2048 and 8192 bits");
	}
	if (EVP_PKEY_is_a(key, "EC") != 1)
		return refuse(err, "its key is neither EC nor RSA");
	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
		strcmp(group, "prime256v1") != 0)
		return refuse(err, "its EC key is not on P-256");
	return 0;
}

static int request_check(X509_REQ *req, const char *node, bool *ret_rsa, struct error *err)
{
	if (X509_REQ_get_version(req) != 0)
		return refuse(err, "its version is not 1");
	if (X509_REQ_get_attr_count(req) != 0)
		return refuse(err, "it asks for extensions or other names");
	if (subject_check(X509_REQ_get_subject_name(req), node, err) < 0 ||
		key_check(X509_REQ_get0_pubkey(req), ret_rsa, err) < 0)
		return err->number;
	if (X509_REQ_verify(req, X509_REQ_get0_pubkey(req)) != 1)
		return refuse(err, "its signature is not by its own key");
	return 0;
}

static int pem_write(X509_REQ *req, char **ret, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long n;

	if (!bio || PEM_write_bio_X509_REQ(bio, req) != 1) {
		BIO_free(bio);
		return fail_memory(err);
	}
	n = BIO_get_mem_data(bio, &data);
	*ret = strndup(data, (size_t)n);
	BIO_free(bio);
	return *ret ? 0 : fail_memory(err);
}

int csr_parse(const char *pem, size_t n, const char *node, struct csr *ret, struct error *err)
{
	auto_csr c = { .req = NULL };
	X509_REQ *req = NULL;

	if (snprintf(c.node, sizeof(c.node), "%s", node) >= (int)sizeof(c.node))
		return refuse(err, "the node's name is too long");
	if (request_read(pem, n, &req, err) < 0)
		return err->number;
	c.req = req;
	if (request_check(req, node, &c.rsa, err) < 0 || pem_write(req, &c.pem, err) < 0)
		return err->number;
	*ret = c;
	c = (struct csr){ 0 };
	return 0;
}

int csr_matches(const struct csr *c, const char *certificate_pem, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(certificate_pem, -1);
	struct error ignored = { 0 };
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool same;

	BIO_free(bio);
	if (!cert) {
		ERR_clear_error();
		return fail_code(err, EPROTO, "SW-4011", "the cluster's answer is no certificate");
	}
	same = EVP_PKEY_eq(X509_get0_pubkey(cert), X509_REQ_get0_pubkey(c->req)) == 1 &&
	       subject_check(X509_get_subject_name(cert), c->node, &ignored) == 0;
	X509_free(cert);
	ERR_clear_error();
	return same ? 0
		    : fail_code(err, EPROTO, "SW-4011",
			      "the cluster's certificate is not for our request");
}
