// SPDX-License-Identifier: Apache-2.0
/*
 * slipway registry: what a client of the registry has to be told, in the client's own words.
 *
 * Wherever a client knows a place to fall back to, it is told of none but this appliance: offline,
 * a second place hides the true error behind one about the internet.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/reference.h"
#include "bundles/store.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

#define TEXT_MAX    (1u << 20)
#define ADDRESS_MAX 256
#define HOSTS_MAX   256
#define HOST_SET    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]"

/* What the texts are made of. */
struct site {
	char address[ADDRESS_MAX];                 /* of the registry: "10.9.0.1", with a port if
						      it is not 80 */
	char hosts[HOSTS_MAX][REPOSITORY_MAX + 1]; /* that images come from, each once */
	size_t host_count;
};

/* Only what can break out of none of the formats below. */
static int word_check(const char *word, const char *what, struct error *err)
{
	if (!*word || word[strspn(word, HOST_SET)])
		return fail_code(err, EINVAL, NULL, "'%.80s' is no %s", word, what);
	return 0;
}

static int address_find(
	const struct cli *cli, const char *given, char out[static ADDRESS_MAX], struct error *err)
{
	auto_json json_t *status = NULL;
	long long port;

	if (!given && client_call(cli, "GET", "/status", NULL, &status, err) < 0)
		return fail_hint(err, "Say which address clients reach: --host ADDRESS[:PORT]");
	if (given) {
		(void)snprintf(out, ADDRESS_MAX, "%s", given);
		return word_check(out, "address of a registry", err);
	}
	port = json_int(status, "http_port", 80);
	if (port == 80)
		(void)snprintf(out, ADDRESS_MAX, "%s", json_str(status, "address", ""));
	else
		(void)snprintf(out, ADDRESS_MAX, "%s:%lld", json_str(status, "address", ""), port);
	return word_check(out, "address of a registry", err);
}

static int host_add(struct site *site, const char *host, struct error *err)
{
	if (word_check(host, "registry's host", err) < 0)
		return err->number;
	for (size_t i = 0; i < site->host_count; i++)
		if (strcmp(site->hosts[i], host) == 0)
			return 0;
	if (site->host_count == HOSTS_MAX)
		return fail_code(err, E2BIG, NULL, "more than %d hosts", HOSTS_MAX);
	(void)snprintf(site->hosts[site->host_count++], sizeof(site->hosts[0]), "%.*s",
		REPOSITORY_MAX, host);
	return 0;
}

/* The hosts in the names of the store's container images. */
static int hosts_find(const struct cli *cli, struct site *site, struct error *err)
{
	auto_store *store = NULL;
	const struct store_entry *entries;
	char dir[PATH_MAX];
	size_t count;
	int r = snprintf(dir, sizeof(dir), "%s/store", cli->state_dir) < (int)sizeof(dir)
			? store_open(dir, false, &store, err)
			: fail(err, ENAMETOOLONG, "'%.80s'", cli->state_dir);

	if (r == -ENOENT)
		return 0; /* nothing was imported yet */
	if (r == 0)
		r = store_list(store, &entries, &count, err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct reference ref;
		struct error ignored = { 0 };

		if (reference_parse(entries[i].name, &ref, &ignored) == 0 && ref.host[0])
			r = host_add(site, ref.host, err);
	}
	return r;
}

static int site_find(
	const struct cli *cli, const struct args *args, struct site *ret, struct error *err)
{
	int r = address_find(cli, args_value(args, "host"), ret->address, err);

	for (int i = 0; r == 0 && i < args->n_operands; i++)
		r = host_add(ret, args->operands[i], err);
	return r < 0 ? r : hosts_find(cli, ret, err);
}

/* containerd, docs/hosts.md. `server` is the appliance itself, so there is no other place. */
static void hosts_toml(const struct site *site, struct buf *out)
{
	buf_puts(out,
		"# /etc/containerd/certs.d/_default/hosts.toml, for every registry; or the same text\n"
		"# for one alone as /etc/containerd/certs.d/HOST/hosts.toml.\n"
		"# config_path = \"/etc/containerd/certs.d\" belongs into /etc/containerd/config.toml, in\n"
		"#   containerd 1.x: [plugins.\"io.containerd.grpc.v1.cri\".registry]\n"
		"#   containerd 2.x: [plugins.\"io.containerd.cri.v1.images\".registry]\n");
	buf_printf(out,
		"server = \"http://%s\"\n\n[host.\"http://%s\"]\n  capabilities = [\"pull\", \"resolve\"]\n",
		site->address, site->address);
}

/* k3s and RKE2. Names besides "*" are for releases that do not know the asterisk yet. */
static void registries_yaml(const struct site *site, struct buf *out)
{
	buf_puts(out,
		"# /etc/rancher/k3s/registries.yaml or /etc/rancher/rke2/registries.yaml. Start k3s or\n"
		"# rke2 with --disable-default-registry-endpoint, so that a missing image is said to be\n"
		"# missing and not looked for on the internet.\n"
		"mirrors:\n");
	buf_printf(out, "  \"*\":\n    endpoint:\n      - \"http://%s\"\n", site->address);
	for (size_t i = 0; i < site->host_count; i++)
		buf_printf(out, "  \"%s\":\n    endpoint:\n      - \"http://%s\"\n", site->hosts[i],
			site->address);
}

/* podman, skopeo, buildah and CRI-O: containers-registries.conf(5). */
static void registries_conf(const struct site *site, struct buf *out)
{
	buf_puts(out, "# /etc/containers/registries.conf.d/slipway.conf\n"
		      "unqualified-search-registries = [\"docker.io\"]\n");
	for (size_t i = 0; i < site->host_count; i++)
		buf_printf(out,
			"\n[[registry]]\nprefix = \"%s\"\nlocation = \"%s/%s\"\ninsecure = true\n",
			site->hosts[i], site->address, site->hosts[i]);
	buf_printf(out, "\n[[registry]]\nlocation = \"%s\"\ninsecure = true\n", site->address);
}

static int print(const struct cli *cli, const struct args *args, const char *name,
	void (*format)(const struct site *site, struct buf *out))
{
	auto_free struct site *site = calloc(1, sizeof(*site));
	auto_buf text = { .max = TEXT_MAX };
	auto_json json_t *value = NULL;
	struct error err = { 0 };
	int r = site ? site_find(cli, args, site, &err) : fail_memory(&err);

	if (r == 0) {
		format(site, &text);
		r = buf_check(&text, name, &err);
	}
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:s, s:s, s:s}", "name", name, "address", site->address, "content",
		buf_str(&text));
	if (!output_value(cli, value, "name"))
		(void)fputs(buf_str(&text), stdout);
	return CLI_OK;
}

static int registry_hosts_toml(const struct cli *cli, const struct args *args)
{
	return print(cli, args, "hosts.toml", hosts_toml);
}

static int registry_registries_yaml(const struct cli *cli, const struct args *args)
{
	return print(cli, args, "registries.yaml", registries_yaml);
}

static int registry_registries_conf(const struct cli *cli, const struct args *args)
{
	return print(cli, args, "registries.conf", registries_conf);
}

static const struct flag host_flags[] = {
	{ .name = "host",
		.value = "ADDRESS",
		.help = "of the registry, with :PORT if it is not 80 (default: the daemon's)" },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "hosts.toml", "", 0, 0, "Prints what containerd needs, 1.6 and later.", host_flags,
		registry_hosts_toml },
	{ "registries.yaml", "[HOST...]", 0, -1, "Prints what k3s and RKE2 need.", host_flags,
		registry_registries_yaml },
	{ "registries.conf", "[HOST...]", 0, -1,
		"Prints what podman, skopeo and CRI-O need, for the store's hosts and these.",
		host_flags, registry_registries_conf },
	{ NULL },
};

const struct noun registry_noun = { "registry", "what clients of the registry need to know",
	verbs };
