// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "provisioner/daemon/kubeconfig.h"

/* A PEM block is what is asked for; nobody looks into it here. */
#define PEM "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"

static const char *pem64(void)
{
	static char text[BASE64_SIZE(sizeof(PEM) - 1)];

	base64_format((const uint8_t *)PEM, sizeof(PEM) - 1, text);
	return text;
}

/* A kubeconfig with these members of cluster and user; "@" stands for base64 of a PEM. */
static char *config_make(const char *cluster, const char *user)
{
	const char *const parts[] = { "apiVersion: v1\nkind: Config\ncurrent-context: b\n"
				      "contexts:\n"
				      "- name: a\n  context: {cluster: none, user: none}\n"
				      "- name: b\n  context: {cluster: prod, user: admin}\n"
				      "clusters:\n- name: prod\n  cluster: {",
		cluster, "}\nusers:\n- name: admin\n  user: {", user, "}\n" };
	auto_buf text = { .max = 65536 };
	struct error err = { 0 };
	char *out = NULL;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (const char *p = parts[i]; *p; p++)
			if (*p == '@')
				buf_puts(&text, pem64());
			else
				buf_add(&text, p, 1);
	assert_int_equal(buf_take(&text, &out, &err), 0);
	return out;
}

#define SERVER "server: 'https://10.9.0.10:6443'"
#define CA     ", certificate-authority-data: '@'"
#define CERT   "client-certificate-data: '@', client-key-data: '@'"

static void test_reads(void **state)
{
	static const struct {
		const char *cluster, *user, *server;
		bool ca, cert, token;
	} rows[] = {
		{ SERVER CA, CERT, "https://10.9.0.10:6443", true, true, false },
		{ SERVER, "token: abc.def", "https://10.9.0.10:6443", false, false, true },
		{ "server: 'https://k8s.example/'" CA, CERT ", token: x", "https://k8s.example",
			true, true, true },
		{ SERVER CA ", insecure-skip-tls-verify: false", CERT, "https://10.9.0.10:6443",
			true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *text = config_make(rows[i].cluster, rows[i].user);
		auto_kubeconfig k = { .server = "" };
		struct error err = { 0 };

		assert_int_equal(kubeconfig_parse(text, strlen(text), &k, &err), 0);
		assert_string_equal(k.server, rows[i].server);
		assert_int_equal(k.ca_pem != NULL, rows[i].ca);
		assert_int_equal(k.cert_pem && k.key_pem, rows[i].cert);
		assert_int_equal(k.token != NULL, rows[i].token);
		if (k.ca_pem)
			assert_string_equal(k.ca_pem, PEM);
	}
}

static void test_refuses(void **state)
{
	static const struct {
		const char *cluster, *user, *says;
	} rows[] = {
		{ "server: 'http://10.9.0.10'", CERT, "https://" },
		{ "server: 'https://'", CERT, "https://" },
		{ "server: 'https://a b'", CERT, "plain address" },
		{ "x: y", CERT, "https://" },
		{ SERVER ", insecure-skip-tls-verify: true", CERT, "insecure-skip-tls-verify" },
		{ SERVER ", certificate-authority: /ca.crt", CERT, "certificate-authority" },
		{ SERVER ", proxy-url: 'http://p'", CERT, "proxy-url" },
		{ SERVER ", certificate-authority-data: '!!'", CERT, "no base64" },
		{ SERVER ", certificate-authority-data: 'YWJj'", CERT, "no base64 of PEM" },
		{ SERVER, "x: y", "neither a client certificate nor a token" },
		{ SERVER, "client-certificate-data: '@'", "without the key" },
		{ SERVER, "client-key-data: '@'", "without the certificate" },
		{ SERVER, "exec: {command: aws}", "'exec'" },
		{ SERVER, "token: 'a b'", "no bearer token" },
		{ SERVER, "username: u, password: p", "'username'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_free char *text = config_make(rows[i].cluster, rows[i].user);
		auto_kubeconfig k = { .server = "" };
		struct error err = { 0 };

		assert_true(kubeconfig_parse(text, strlen(text), &k, &err) < 0);
		assert_string_equal(err.code, "SW-4001");
		assert_non_null(strstr(err.text, rows[i].says));
	}
}

static void test_no_kubeconfig(void **state)
{
	static const char *const rows[] = { "", "hello", "[1, 2]", "a: b", "clusters: []",
		"clusters: []\ncurrent-context: x", "\x01", "{\"clusters\":" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_kubeconfig k = { .server = "" };
		struct error err = { 0 };

		assert_true(kubeconfig_parse(rows[i], strlen(rows[i]), &k, &err) < 0);
		assert_string_equal(err.code, "SW-4001");
	}
}

static void test_cluster_info(void **state)
{
	auto_free char *text = config_make(SERVER CA, "x: y");
	auto_free char *bare = config_make(SERVER, "x: y");
	auto_free char *pem = NULL;
	auto_free char *none = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(kubeconfig_parse_ca(text, strlen(text), &pem, &err), 0);
	assert_string_equal(pem, PEM);
	assert_true(kubeconfig_parse_ca(bare, strlen(bare), &none, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_no_kubeconfig),
		cmocka_unit_test(test_cluster_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
