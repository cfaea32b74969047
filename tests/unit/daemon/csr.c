// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/cleanup.h"
#include "provisioner/daemon/csr.h"

/* A request as a test row wants it. NULL parts are left out. */
struct request {
	const char *o, *cn, *ou;
	const char *curve; /* NULL: RSA of `bits` */
	int bits;
	const char *alt_name;
	int version;
	bool foreign_signature;
};

static EVP_PKEY *key_make(const struct request *r)
{
	return r->curve ? EVP_EC_gen(r->curve) : EVP_RSA_gen((unsigned)r->bits);
}

static void entry_add(X509_NAME *name, const char *field, const char *value)
{
	if (value)
		assert_int_equal(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
					 (const unsigned char *)value, -1, -1, 0),
			1);
}

static void alt_name_add(X509_REQ *req, const char *text)
{
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);

	assert_non_null(extension);
	sk_X509_EXTENSION_push(list, extension);
	assert_int_equal(X509_REQ_add_extensions(req, list), 1);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

/* The request as PEM, which the caller frees; its key in *ret_key. */
static char *request_make(const struct request *r, EVP_PKEY **ret_key)
{
	EVP_PKEY *key = key_make(r);
	EVP_PKEY *signer = r->foreign_signature ? key_make(r) : key;
	X509_REQ *req = X509_REQ_new();
	X509_NAME *name = X509_NAME_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	char *pem;
	long n;

	entry_add(name, "O", r->o);
	entry_add(name, "CN", r->cn);
	entry_add(name, "OU", r->ou);
	X509_REQ_set_version(req, r->version);
	X509_REQ_set_subject_name(req, name);
	X509_REQ_set_pubkey(req, key);
	if (r->alt_name)
		alt_name_add(req, r->alt_name);
	assert_true(X509_REQ_sign(req, signer, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_REQ(bio, req), 1);
	n = BIO_get_mem_data(bio, &data);
	pem = strndup(data, (size_t)n);
	BIO_free(bio);
	X509_NAME_free(name);
	X509_REQ_free(req);
	if (signer != key)
		EVP_PKEY_free(signer);
	*ret_key = key;
	return pem;
}

#define O  "system:nodes"
#define CN "system:node:r1"

static void test_rules(void **state)
{
	static const struct {
		struct request request;
		const char *refusal; /* NULL: accepted */
	} rows[] = {
		{ { .o = O, .cn = CN, .curve = "P-256" }, NULL },
		{ { .o = O, .cn = CN, .bits = 2048 }, NULL },
		{ { .o = O, .cn = CN, .bits = 1024 }, "RSA key" },
		{ { .o = O, .cn = CN, .curve = "P-384" }, "P-256" },
		{ { .o = O, .cn = "system:node:r2", .curve = "P-256" }, "not for system:node:r1" },
		{ { .o = O, .cn = "system:node:r11", .curve = "P-256" }, "not for" },
		{ { .o = O, .cn = "system:node:r", .curve = "P-256" }, "not for" },
		{ { .o = "system:masters", .cn = CN, .curve = "P-256" }, "organization" },
		{ { .cn = CN, .curve = "P-256" }, "subject" },
		{ { .o = O, .curve = "P-256" }, "subject" },
		{ { .o = O, .cn = CN, .ou = "x", .curve = "P-256" }, "subject" },
		{ { .ou = O, .cn = CN, .curve = "P-256" }, "organization" },
		{ { .o = O, .cn = CN, .curve = "P-256", .alt_name = "DNS:r1" }, "extensions" },
		{ { .o = O, .cn = CN, .curve = "P-256", .version = 1 }, "version" },
		{ { .o = O, .cn = CN, .curve = "P-256", .foreign_signature = true }, "signature" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EVP_PKEY *key;
		auto_free char *pem = request_make(&rows[i].request, &key);
		struct error err = { 0 };
		auto_csr csr = { .pem = NULL };
		int r = csr_parse(pem, strlen(pem), "r1", &csr, &err);

		EVP_PKEY_free(key);
		if (!rows[i].refusal) {
			assert_int_equal(r, 0);
			assert_string_equal(csr.pem, pem);
			assert_int_equal(csr.rsa, !rows[i].request.curve);
			continue;
		}
		assert_int_equal(r, -EPERM);
		assert_string_equal(err.code, "SW-4010");
		assert_non_null(strstr(err.text, rows[i].refusal));
	}
}

/* Text around, before or instead of the one block. */
static void test_one_block(void **state)
{
	static const struct request request = { .o = O, .cn = CN, .curve = "P-256" };
	static const struct {
		const char *format;
		bool fine;
	} rows[] = { { "%s", true }, { "%s\n\n", true }, { "x%s", false }, { "\n%s", false },
		{ "%sx", false }, { "%1$s%1$s", false }, { "", false },
		{ "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
			false } };
	EVP_PKEY *key;
	auto_free char *pem = request_make(&request, &key);

	(void)state;
	EVP_PKEY_free(key);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *text = NULL;
		struct error err = { 0 };
		auto_csr csr = { .pem = NULL };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		int n = asprintf(&text, rows[i].format, pem);
#pragma GCC diagnostic pop

		assert_true(n >= 0);
		assert_int_equal(csr_parse(text, (size_t)n, "r1", &csr, &err) == 0, rows[i].fine);
	}
}

static char *certificate_make(EVP_PKEY *key, const char *cn)
{
	X509 *cert = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	char *pem;
	long n;

	entry_add(X509_get_subject_name(cert), "CN", cn);
	entry_add(X509_get_subject_name(cert), "O", O);
	X509_set_pubkey(cert, key);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
	n = BIO_get_mem_data(bio, &data);
	pem = strndup(data, (size_t)n);
	BIO_free(bio);
	X509_free(cert);
	return pem;
}

static void test_certificate_is_for_it(void **state)
{
	static const struct request request = { .o = O, .cn = CN, .curve = "P-256" };
	EVP_PKEY *key, *other;
	auto_free char *pem = request_make(&request, &key);
	auto_free char *other_pem = request_make(&request, &other);
	auto_free char *right = certificate_make(key, CN);
	auto_free char *wrong_key = certificate_make(other, CN);
	auto_free char *wrong_name = certificate_make(key, "system:node:r2");
	struct error err = { 0 };
	auto_csr csr = { .pem = NULL };

	(void)state;
	assert_int_equal(csr_parse(pem, strlen(pem), "r1", &csr, &err), 0);
	assert_int_equal(csr_matches(&csr, right, &err), 0);
	assert_true(csr_matches(&csr, wrong_key, &err) < 0);
	assert_true(csr_matches(&csr, wrong_name, &err) < 0);
	assert_true(csr_matches(&csr, "", &err) < 0);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_one_block),
		cmocka_unit_test(test_certificate_is_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
