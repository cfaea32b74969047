// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/daemon/join_files.h"

static const char kubelet_config[] = "apiVersion: kubelet.config.k8s.io/v1beta1\n"
				     "kind: KubeletConfiguration\n"
				     "authentication:\n"
				     "  x509: {clientCAFile: /elsewhere}\n"
				     "  anonymous: {enabled: false}\n"
				     "clusterDNS: [10.96.0.10]\n"
				     "rotateCertificates: false\n"
				     "syncFrequency: 0s\n";

static struct join_input input(void)
{
	return (struct join_input){
		.hostname = "r1",
		.server = "https://10.9.0.10:6443",
		.ca_pem = "CA\n",
		.certificate_pem = "CERT\n",
		.kubelet_config = kubelet_config,
		.minor = 20,
		.registry = "http://10.9.0.1:80",
	};
}

/* The text of a file, which the caller frees; *ret_file (may be NULL) is its entry. */
static char *file_text(const json_t *files, const char *path, const json_t **ret_file)
{
	size_t i;
	json_t *file;

	json_array_foreach ((json_t *)files, i, file) {
		const char *text = json_str(file, "content_base64", "");
		char *out;
		size_t n;
		struct error err = { 0 };

		if (strcmp(json_str(file, "path", ""), path) != 0)
			continue;
		out = calloc(1, strlen(text) + 1);
		assert_int_equal(
			base64_parse(text, strlen(text), (uint8_t *)out, strlen(text), &n, &err),
			0);
		if (ret_file)
			*ret_file = file;
		return out;
	}
	assert_null(path); /* shows which file is missing */
	return NULL;
}

static json_t *file_json(const json_t *files, const char *path)
{
	auto_free char *text = file_text(files, path, NULL);
	struct error err = { 0 };
	json_t *value = NULL;

	assert_int_equal(json_read(text, strlen(text), &value, &err), 0);
	return value;
}

static void test_kubelet(void **state)
{
	struct join_input in = input();
	struct error err = { 0 };
	auto_json json_t *files = NULL;
	auto_json json_t *config = NULL;
	auto_json json_t *expected = NULL;
	auto_free char *pem = NULL;
	const json_t *entry = NULL;

	(void)state;
	assert_int_equal(join_files_make(&in, &files, &err), 0);
	config = file_json(files, "/var/lib/kubelet/config.yaml");
	expected = json_pack("{s:s,s:s,s:{s:{s:s},s:{s:b}},s:[s],s:b,s:s,s:s,s:s}", "apiVersion",
		"kubelet.config.k8s.io/v1beta1", "kind", "KubeletConfiguration", "authentication",
		"x509", "clientCAFile", "/etc/kubernetes/pki/ca.crt", "anonymous", "enabled", 0,
		"clusterDNS", "10.96.0.10", "rotateCertificates", 1, "syncFrequency", "0s",
		"staticPodPath", "/etc/kubernetes/manifests", "cgroupDriver", "systemd");
	assert_true(json_equal(config, expected));
	pem = file_text(files, "/var/lib/kubelet/pki/kubelet-client-first.pem", &entry);
	assert_string_equal(pem, "CERT\n");
	assert_string_equal(json_str(entry, "agent_key", ""), "kubelet-pem");
	assert_int_equal(json_int(entry, "mode", 0), 0600);
	free(file_text(files, "/var/lib/kubelet/pki/kubelet-client-current.pem", &entry));
	assert_string_equal(json_str(entry, "link", ""), "kubelet-client-first.pem");
}

static void test_kubeconfig(void **state)
{
	struct join_input in = input();
	struct error err = { 0 };
	auto_json json_t *files = NULL;
	auto_json json_t *config = NULL;
	const json_t *cluster;

	(void)state;
	assert_int_equal(join_files_make(&in, &files, &err), 0);
	config = file_json(files, "/etc/kubernetes/kubelet.conf");
	cluster =
		json_object_get(json_array_get(json_object_get(config, "clusters"), 0), "cluster");
	assert_string_equal(json_str(cluster, "server", ""), in.server);
	assert_string_equal(json_str(config, "current-context", ""), "default");
}

static void test_words(void **state)
{
	struct join_input in = input();
	struct error err = { 0 };
	auto_json json_t *labels =
		json_pack("{s:s,s:s}", "rack", "B 12\"", "node-role.kubernetes.io/w", "yes");
	auto_json json_t *taints = json_pack("[s,s]", "gpu=a:NoSchedule", "x:NoExecute");
	auto_json json_t *files = NULL;
	auto_free char *flags = NULL;
	auto_free char *hosts = NULL;
	auto_free char *name = NULL;

	(void)state;
	in.labels = labels;
	in.taints = taints;
	assert_int_equal(join_files_make(&in, &files, &err), 0);
	flags = file_text(files, "/var/lib/kubelet/kubeadm-flags.env", NULL);
	assert_string_equal(flags,
		"KUBELET_KUBEADM_ARGS=\"--container-runtime=remote "
		"--container-runtime-endpoint=unix:///run/containerd/containerd.sock "
		"--hostname-override=r1 --node-labels=rack=B-12 "
		"--register-with-taints=gpu=a:NoSchedule,x=:NoExecute\"\n");
	hosts = file_text(files, "/etc/containerd/certs.d/_default/hosts.toml", NULL);
	assert_string_equal(hosts,
		"server = \"http://10.9.0.1:80\"\n\n[host.\"http://10.9.0.1:80\"]\n"
		"  capabilities = [\"pull\", \"resolve\"]\n");
	name = file_text(files, "/etc/hostname", NULL);
	assert_string_equal(name, "r1\n");
}

static void test_flag_goes_with_the_version(void **state)
{
	static const struct {
		unsigned minor;
		bool runtime;
	} rows[] = { { 20, true }, { 26, true }, { 27, false }, { 33, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct join_input in = input();
		struct error err = { 0 };
		auto_json json_t *files = NULL;
		auto_free char *flags = NULL;

		in.minor = rows[i].minor;
		assert_int_equal(join_files_make(&in, &files, &err), 0);
		flags = file_text(files, "/var/lib/kubelet/kubeadm-flags.env", NULL);
		assert_int_equal(
			strstr(flags, "--container-runtime=remote") != NULL, rows[i].runtime);
	}
}

static void test_refuses(void **state)
{
	struct join_input rows[] = { input(), input(), input(), input(), input() };

	(void)state;
	rows[0].hostname = "r1\" --x";
	rows[1].registry = "http://a\"b";
	rows[2].registry = "https://a";
	rows[3].kubelet_config = "kind: Other";
	rows[4].kubelet_config = "a: [";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		auto_json json_t *files = NULL;

		assert_true(join_files_make(&rows[i], &files, &err) < 0);
		assert_null(files);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kubelet),
		cmocka_unit_test(test_kubeconfig),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_flag_goes_with_the_version),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
