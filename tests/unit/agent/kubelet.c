// SPDX-License-Identifier: Apache-2.0
/* The kubelet's key and certificate request. */
#include "tests/unit/unit.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "provisioner/agent/kubelet.h"

static X509_REQ *read_request(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return req;
}

/* A certificate for the key in a request, signed by a key of our own. */
static char *sign_request(const char *pem)
{
	X509_REQ *req = read_request(pem);
	EVP_PKEY *authority = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy;
	long n;

	X509_set_pubkey(cert, X509_REQ_get0_pubkey(req));
	X509_set_subject_name(cert, X509_REQ_get_subject_name(req));
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_sign(cert, authority, EVP_sha256());
	PEM_write_bio_X509(bio, cert);
	n = BIO_get_mem_data(bio, &text);
	copy = strndup(text, (size_t)n);
	BIO_free(bio);
	X509_free(cert);
	EVP_PKEY_free(authority);
	X509_REQ_free(req);
	return copy;
}

static void asks_for_exactly_its_name(void **state)
{
	struct kubelet_key *key;
	auto_buf pem = { 0 };
	struct error err = { 0 };
	X509_REQ *req;
	char subject[128];

	(void)state;
	assert_int_equal(kubelet_key_new(&key, &err), 0);
	assert_int_equal(kubelet_key_request(key, "system:node:r1", "system:nodes", &pem, &err), 0);
	req = read_request(buf_str(&pem));
	assert_non_null(req);
	assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
	X509_NAME_oneline(X509_REQ_get_subject_name(req), subject, sizeof(subject));
	assert_string_equal(subject, "/O=system:nodes/CN=system:node:r1");
	assert_int_equal(X509_REQ_get_attr_count(req), 0);
	X509_REQ_free(req);
	kubelet_key_free(key);
}

static void bundles_certificate_and_key(void **state)
{
	struct kubelet_key *key, *other;
	auto_buf pem = { 0 }, bundle = { 0 };
	struct error err = { 0 };
	char *cert;

	(void)state;
	assert_int_equal(kubelet_key_new(&key, &err), 0);
	assert_int_equal(kubelet_key_new(&other, &err), 0);
	assert_int_equal(kubelet_key_request(key, "system:node:r1", "system:nodes", &pem, &err), 0);
	cert = sign_request(buf_str(&pem));
	assert_int_equal(kubelet_key_bundle(key, cert, &bundle, &err), 0);
	assert_int_equal(strncmp(buf_str(&bundle), cert, strlen(cert)), 0);
	assert_non_null(strstr(buf_str(&bundle), "\n-----BEGIN EC PRIVATE KEY-----\n"));
	assert_int_equal(kubelet_key_bundle(other, cert, &bundle, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-4011");
	assert_int_equal(kubelet_key_bundle(key, "nothing", &bundle, &err), -EBADMSG);
	free(cert);
	kubelet_key_free(key);
	kubelet_key_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_exactly_its_name),
		cmocka_unit_test(bundles_certificate_and_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
