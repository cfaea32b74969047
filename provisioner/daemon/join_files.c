// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the join files. JSON is YAML, so kubeconfig and kubelet configuration are written by the
 * JSON emitter; what else is written here takes checked words only.
 */
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/daemon/join_files.h"
#include "provisioner/daemon/label.h"

#define CA_PATH      "/etc/kubernetes/pki/ca.crt"
#define PKI          "/var/lib/kubelet/pki/"
#define KUBELET_PEM  PKI "kubelet-client-current.pem"
#define FIRST_PEM    "kubelet-client-first.pem"
#define MANIFESTS    "/etc/kubernetes/manifests"
#define RUNTIME      "unix:///run/containerd/containerd.sock"
#define LETTERS      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define ADDRESS_SET  LETTERS "0123456789.:[]/-_"
#define HOSTNAME_SET "abcdefghijklmnopqrstuvwxyz0123456789-."

/* From 1.27 the kubelet knows no --container-runtime, from 1.24 it needs none. */
#define MINOR_RUNTIME_FLAG_GONE 27

static int file_add(
	json_t *files, const char *path, unsigned mode, const char *content, struct error *err)
{
	size_t n = strlen(content);
	auto_free char *text = malloc(BASE64_SIZE(n));
	json_t *file;

	if (!text)
		return fail_memory(err);
	base64_format((const uint8_t *)content, n, text);
	file = json_pack("{s:s,s:i,s:i,s:i,s:s}", "path", path, "mode", (int)mode, "uid", 0, "gid",
		0, "content_base64", text);
	return json_array_append_new(files, file) == 0 ? 0 : fail_memory(err);
}

/* Adds what was collected in b, which must have fitted. */
static int file_add_buf(
	json_t *files, const char *path, unsigned mode, const struct buf *b, struct error *err)
{
	if (buf_check(b, path, err) < 0)
		return err->number;
	return file_add(files, path, mode, buf_str(b), err);
}

static int file_add_json(json_t *files, const char *path, const json_t *value, struct error *err)
{
	auto_free char *text = NULL;

	if (!value)
		return fail_memory(err);
	if (json_write(value, &text, err) < 0)
		return err->number;
	return file_add(files, path, 0600, text, err);
}

static int identity_add(json_t *files, const struct join_input *in, struct error *err)
{
	auto_buf name = { .max = 256 };
	auto_buf hosts = { .max = 1024 };

	buf_printf(&name, "%s\n", in->hostname);
	buf_printf(&hosts,
		"127.0.0.1\tlocalhost\n127.0.1.1\t%s\n"
		"::1\t\tlocalhost ip6-localhost ip6-loopback\n",
		in->hostname);
	if (file_add_buf(files, "/etc/hostname", 0644, &name, err) < 0)
		return err->number;
	return file_add_buf(files, "/etc/hosts", 0644, &hosts, err);
}

static int kubeconfig_add(json_t *files, const struct join_input *in, struct error *err)
{
	auto_json json_t *config = json_pack(
		"{s:s,s:s,s:s, s:[{s:s,s:{s:s,s:s}}], s:[{s:s,s:{s:s,s:s}}], s:[{s:s,s:{s:s,s:s}}]}",
		"apiVersion", "v1", "kind", "Config", "current-context", "default", "clusters",
		"name", "default", "cluster", "server", in->server, "certificate-authority",
		CA_PATH, "users", "name", "default", "user", "client-certificate", KUBELET_PEM,
		"client-key", KUBELET_PEM, "contexts", "name", "default", "context", "cluster",
		"default", "user", "default");

	return file_add_json(files, "/etc/kubernetes/kubelet.conf", config, err);
}

/* Adds a key to the file that was added last. */
static int file_mark(json_t *files, const char *key, const char *value, struct error *err)
{
	json_t *file = json_array_get(files, json_array_size(files) - 1);

	return json_object_set_new(file, key, json_string(value)) == 0 ? 0 : fail_memory(err);
}

/* The certificate goes behind the key, which only the agent has. What the kubelet calls current has
 * to be a link to it: a kubelet that renews its certificate replaces a link, and refuses a file. */
static int certificate_add(json_t *files, const struct join_input *in, struct error *err)
{
	if (file_add(files, PKI FIRST_PEM, 0600, in->certificate_pem, err) < 0 ||
		file_mark(files, "agent_key", "kubelet-pem", err) < 0 ||
		file_add(files, KUBELET_PEM, 0600, "", err) < 0)
		return err->number;
	return file_mark(files, "link", FIRST_PEM, err);
}

/* Sets config.KEY to value where the cluster's own configuration has nothing there. */
static void default_set(json_t *config, const char *key, json_t *value)
{
	if (!json_object_get(config, key))
		(void)json_object_set_new(config, key, value); /* checked by what is written */
	else
		json_decref(value);
}

static int client_ca_set(json_t *config, struct error *err)
{
	auto_json json_t *x509 =
		json_pack("{s:{s:{s:s}}}", "authentication", "x509", "clientCAFile", CA_PATH);

	return x509 && json_object_update_recursive(config, x509) == 0 ? 0 : fail_memory(err);
}

static int kubelet_config_add(json_t *files, const struct join_input *in, struct error *err)
{
	auto_json json_t *config = NULL;

	if (yaml_read(in->kubelet_config, strlen(in->kubelet_config),
		    "the cluster's kubelet-config", &config, err) < 0)
		return err->number;
	if (!json_is_object(config) ||
		strcmp(json_str(config, "kind", ""), "KubeletConfiguration") != 0)
		return fail_code(err, EINVAL, "SW-4012",
			"the cluster's kubelet-config holds no KubeletConfiguration");
	(void)json_object_set_new(config, "rotateCertificates", json_true());
	(void)json_object_set_new(config, "staticPodPath", json_string(MANIFESTS));
	default_set(config, "cgroupDriver", json_string("systemd"));
	if (client_ca_set(config, err) < 0)
		return err->number;
	if (file_add(files, MANIFESTS "/.keep", 0644, "", err) < 0)
		return err->number;
	return file_add_json(files, "/var/lib/kubelet/config.yaml", config, err);
}

/* " --node-labels=a=b,c=d" of those that a kubelet may set. */
static int labels_format(const json_t *labels, struct buf *out, struct error *err)
{
	const char *key;
	json_t *value;
	bool first = true;

	json_object_foreach ((json_t *)labels, key, value) {
		const char *text = json_string_value(value);
		char clean[LABEL_VALUE_MAX];

		if (!label_key_valid(key) || !text)
			return fail_code(
				err, EINVAL, "SW-6001", "'%s' is no valid node label", key);
		if (!label_kubelet_may_set(key))
			continue;
		buf_printf(out, "%s%s=%s", first ? " --node-labels=" : ",", key,
			label_value_format(text, clean));
		first = false;
	}
	return 0;
}

static int taints_format(const json_t *taints, struct buf *out, struct error *err)
{
	size_t i;
	json_t *taint;

	json_array_foreach ((json_t *)taints, i, taint) {
		const char *text = json_string_value(taint);
		auto_json json_t *parsed = NULL;

		if (taint_parse(text ? text : "", &parsed, err) < 0)
			return err->number;
		buf_printf(out, "%s%s=%s:%s", i == 0 ? " --register-with-taints=" : ",",
			json_str(parsed, "key", ""), json_str(parsed, "value", ""),
			json_str(parsed, "effect", ""));
	}
	return 0;
}

static int flags_add(json_t *files, const struct join_input *in, struct error *err)
{
	auto_buf env = { .max = 16384 };

	buf_printf(&env, "KUBELET_KUBEADM_ARGS=\"%s--container-runtime-endpoint=%s",
		in->minor < MINOR_RUNTIME_FLAG_GONE ? "--container-runtime=remote " : "", RUNTIME);
	buf_printf(&env, " --hostname-override=%s", in->hostname);
	if (labels_format(in->labels, &env, err) < 0 || taints_format(in->taints, &env, err) < 0)
		return err->number;
	buf_puts(&env, "\"\n");
	return file_add_buf(files, "/var/lib/kubelet/kubeadm-flags.env", 0644, &env, err);
}

/* The appliance as `server`, not only as a host: with nothing else to fall back to, its own error
 * is what containerd reports. */
static int mirror_add(json_t *files, const struct join_input *in, struct error *err)
{
	auto_buf toml = { .max = 1024 };

	buf_printf(&toml,
		"server = \"%s\"\n\n[host.\"%s\"]\n  capabilities = [\"pull\", \"resolve\"]\n",
		in->registry, in->registry);
	return file_add_buf(files, "/etc/containerd/certs.d/_default/hosts.toml", 0644, &toml, err);
}

/* Words that go into files which are not JSON. */
static int input_check(const struct join_input *in, struct error *err)
{
	if (!*in->hostname || in->hostname[strspn(in->hostname, HOSTNAME_SET)])
		return fail_code(err, EINVAL, "SW-6001", "'%s' is no node name", in->hostname);
	if (strncmp(in->registry, "http://", 7) != 0 ||
		in->registry[strspn(in->registry, ADDRESS_SET)])
		return fail_code(err, EINVAL, NULL, "'%s' is no registry address", in->registry);
	return 0;
}

int join_files_make(const struct join_input *in, json_t **ret, struct error *err)
{
	static int (*const parts[])(json_t *, const struct join_input *, struct error *) = {
		identity_add,
		kubeconfig_add,
		certificate_add,
		kubelet_config_add,
		flags_add,
		mirror_add,
	};
	auto_json json_t *files = json_array();

	if (!files)
		return fail_memory(err);
	if (input_check(in, err) < 0 || file_add(files, CA_PATH, 0644, in->ca_pem, err) < 0)
		return err->number;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i](files, in, err) < 0)
			return fail_in(err, "making the files of '%s'", in->hostname);
	*ret = take_ptr(&files);
	return 0;
}
