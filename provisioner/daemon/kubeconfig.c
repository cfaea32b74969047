// SPDX-License-Identifier: Apache-2.0
/*
 * Reads kubeconfigs.
 *
 *	clusters:	[{name, cluster: {server, certificate-authority-data}}]
 *	users:		[{name, user: {client-certificate-data, client-key-data | token}}]
 *	contexts:	[{name, context: {cluster, user}}]
 *	current-context: NAME
 */
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/daemon/kubeconfig.h"

#define CODE "SW-4001"

static void secret_free(char **text)
{
	if (*text)
		OPENSSL_cleanse(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void kubeconfig_done(struct kubeconfig *k)
{
	free(k->ca_pem);
	free(k->cert_pem);
	secret_free(&k->key_pem);
	secret_free(&k->token);
	*k = (struct kubeconfig){ 0 };
}

/* The member `inner` of the entry called `name` in the list `list`. Borrowed. */
static int entry_find(const json_t *config, const char *list, const char *inner, const char *name,
	const json_t **ret, struct error *err)
{
	size_t i;
	json_t *entry;

	json_array_foreach (json_object_get(config, list), i, entry) {
		const json_t *value = json_object_get(entry, inner);
		const char *own = json_string_value(json_object_get(entry, "name"));

		if (own && strcmp(own, name) == 0 && json_is_object(value)) {
			*ret = value;
			return 0;
		}
	}
	return fail_code(err, EINVAL, CODE, "the kubeconfig has no '%s' in its %s", name, list);
}

/* A key that asks for what this reader does not do. */
static int keys_refuse(const json_t *obj, const char *const keys[][2], struct error *err)
{
	for (size_t i = 0; keys[i][0]; i++) {
		const json_t *value = json_object_get(obj, keys[i][0]);

		if (!value || json_is_null(value) || json_is_false(value))
			continue;
		(void)fail_code(err, EINVAL, CODE, "the kubeconfig uses '%s'", keys[i][0]);
		return fail_hint(err, "%s", keys[i][1]);
	}
	return 0;
}

/* True where every PEM block in text can be read and there is at least one. */
static bool pem_valid(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	size_t blocks = 0;
	char *name;
	char *header;
	unsigned char *data;
	long n;

	while (bio && PEM_read_bio(bio, &name, &header, &data, &n) == 1) {
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)n);
		blocks++;
	}
	BIO_free(bio);
	return blocks > 0;
}

/* Decodes "<key>": base64 of PEM. NULL in *ret where the key is absent. */
static int pem_take(const json_t *obj, const char *key, char **ret, struct error *err)
{
	const char *text = json_string_value(json_object_get(obj, key));
	size_t n = text ? strlen(text) : 0;
	auto_free char *pem = NULL;
	struct error reason = { 0 };
	size_t size = 0;

	if (n == 0)
		return 0;
	pem = calloc(1, n + 1);
	if (!pem)
		return fail_memory(err);
	if (base64_parse(text, n, (uint8_t *)pem, n, &size, &reason) < 0 || strlen(pem) != size ||
		!pem_valid(pem)) {
		OPENSSL_cleanse(pem, n);
		return fail_code(
			err, EINVAL, CODE, "'%s' of the kubeconfig is no base64 of PEM", key);
	}
	*ret = take_ptr(&pem);
	return 0;
}

static int server_take(const json_t *cluster, struct kubeconfig *k, struct error *err)
{
	const char *server = json_str(cluster, "server", "");
	size_t n = strlen(server);

	while (n > 0 && server[n - 1] == '/')
		n--;
	if (strncmp(server, "https://", 8) != 0 || n <= 8)
		return fail_code(err, EINVAL, CODE,
			"the kubeconfig's server '%s' is no https:// address", server);
	if (n >= sizeof(k->server) || strcspn(server, " \t\"'\\?#@") < n)
		return fail_code(err, EINVAL, CODE, "the kubeconfig's server is no plain address");
	memcpy(k->server, server, n);
	k->server[n] = '\0';
	return 0;
}

#define INLINE_IT "use 'slipway cluster add --kubeconfig FILE', which puts files into it"

static int cluster_take(const json_t *cluster, struct kubeconfig *k, struct error *err)
{
	static const char *const refused[][2] = {
		{ "insecure-skip-tls-verify", "give it certificate-authority-data instead" },
		{ "certificate-authority", INLINE_IT },
		{ "proxy-url", "the appliance reaches the API server directly or not at all" },
		{ "tls-server-name", "use a server address that its certificate names" },
		{ NULL },
	};

	if (keys_refuse(cluster, refused, err) < 0 || server_take(cluster, k, err) < 0)
		return err->number;
	return pem_take(cluster, "certificate-authority-data", &k->ca_pem, err);
}

static int token_take(const json_t *user, struct kubeconfig *k, struct error *err)
{
	const char *token = json_str(user, "token", "");

	if (strspn(token,
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=:") !=
		strlen(token))
		return fail_code(err, EINVAL, CODE, "the kubeconfig's token is no bearer token");
	if (!*token)
		return 0;
	k->token = strdup(token);
	return k->token ? 0 : fail_memory(err);
}

static int user_take(const json_t *user, struct kubeconfig *k, struct error *err)
{
	static const char *const refused[][2] = {
		{ "exec", "give the appliance a kubeconfig with a client certificate or a token" },
		{ "auth-provider", "give it a kubeconfig with a client certificate or a token" },
		{ "client-certificate", INLINE_IT },
		{ "client-key", INLINE_IT },
		{ "tokenFile", INLINE_IT },
		{ "username", "give it a kubeconfig with a client certificate or a token" },
		{ "as", "give it a kubeconfig of its own user" },
		{ NULL },
	};

	if (keys_refuse(user, refused, err) < 0 ||
		pem_take(user, "client-certificate-data", &k->cert_pem, err) < 0 ||
		pem_take(user, "client-key-data", &k->key_pem, err) < 0 ||
		token_take(user, k, err) < 0)
		return err->number;
	if (!k->cert_pem != !k->key_pem)
		return fail_code(err, EINVAL, CODE, "the kubeconfig has %s without the %s",
			k->cert_pem ? "a client certificate" : "a client key",
			k->cert_pem ? "key" : "certificate");
	if (!k->cert_pem && !k->token)
		return fail_code(err, EINVAL, CODE,
			"the kubeconfig's user has neither a client certificate nor a token");
	return 0;
}

static int config_read(const char *text, size_t n, json_t **ret, struct error *err)
{
	struct error reason = { 0 };

	if (yaml_read(text, n, "the kubeconfig", ret, &reason) < 0)
		return fail_code(err, EINVAL, CODE, "%s", reason.text);
	if (!json_is_object(*ret) || !json_object_get(*ret, "clusters")) {
		json_decref(take_ptr(ret));
		return fail_code(err, EINVAL, CODE, "this is no kubeconfig: it has no clusters");
	}
	return 0;
}

static int config_take(const json_t *config, struct kubeconfig *k, struct error *err)
{
	const char *current = json_str(config, "current-context", "");
	const json_t *context;
	const json_t *cluster;
	const json_t *user;

	if (!*current) {
		(void)fail_code(err, EINVAL, CODE, "the kubeconfig has no current-context");
		return fail_hint(err, "kubectl config use-context NAME");
	}
	if (entry_find(config, "contexts", "context", current, &context, err) < 0 ||
		entry_find(config, "clusters", "cluster", json_str(context, "cluster", ""),
			&cluster, err) < 0 ||
		entry_find(config, "users", "user", json_str(context, "user", ""), &user, err) <
			0 ||
		cluster_take(cluster, k, err) < 0)
		return err->number;
	return user_take(user, k, err);
}

int kubeconfig_parse(const char *text, size_t n, struct kubeconfig *ret, struct error *err)
{
	auto_kubeconfig k = { .server = "" };
	auto_json json_t *config = NULL;

	if (config_read(text, n, &config, err) < 0 || config_take(config, &k, err) < 0)
		return err->number;
	*ret = k;
	k = (struct kubeconfig){ 0 };
	return 0;
}

int kubeconfig_parse_ca(const char *text, size_t n, char **ret_pem, struct error *err)
{
	auto_json json_t *config = NULL;
	const json_t *entry;

	if (config_read(text, n, &config, err) < 0)
		return err->number;
	entry = json_object_get(json_array_get(json_object_get(config, "clusters"), 0), "cluster");
	if (pem_take(entry, "certificate-authority-data", ret_pem, err) < 0)
		return err->number;
	return *ret_pem ? 0 : fail_code(err, EINVAL, CODE, "cluster-info names no CA");
}
