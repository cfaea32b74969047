// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/label.h"

static void test_values(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = {
		{ "ABC123", "ABC123" },
		{ "  7X/12 (b) ", "7X-12--b" },
		{ "..--__", "" },
		{ "", "" },
		{ "a\"${x}`b", "a---x--b" },
		{ "0123456789012345678901234567890123456789012345678901234567890123456789",
			"012345678901234567890123456789012345678901234567890123456789012" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[LABEL_VALUE_MAX];

		assert_string_equal(label_value_format(rows[i].text, out), rows[i].value);
	}
}

static void test_keys(void **state)
{
	static const struct {
		const char *key;
		bool valid, kubelet;
	} rows[] = {
		{ "rack", true, true },
		{ "example.com/rack", true, true },
		{ "node.kubernetes.io/x", true, true },
		{ "a.kubelet.kubernetes.io/x", true, true },
		{ "node-role.kubernetes.io/worker", true, false },
		{ "node-restriction.kubernetes.io/x", true, false },
		{ "x.node-restriction.kubernetes.io/x", true, false },
		{ "topology.k8s.io/zone", true, false },
		{ "notkubernetes.io/x", true, true },
		{ "", false, true },
		{ "-x", false, true },
		{ "a b", false, true },
		{ "Example.com/x", false, true },
		{ "a..b/x", false, true },
		{ "/x", false, true },
		{ "a/b/c", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(label_key_valid(rows[i].key), rows[i].valid);
		assert_int_equal(label_kubelet_may_set(rows[i].key), rows[i].kubelet);
	}
}

static void test_taints(void **state)
{
	static const struct {
		const char *text, *key, *value, *effect; /* key NULL: refused */
	} rows[] = {
		{ "gpu=yes:NoSchedule", "gpu", "yes", "NoSchedule" },
		{ "example.com/gpu:NoExecute", "example.com/gpu", "", "NoExecute" },
		{ "gpu=:PreferNoSchedule", "gpu", "", "PreferNoSchedule" },
		{ "gpu=yes", NULL, NULL, NULL },
		{ "gpu=yes:Never", NULL, NULL, NULL },
		{ "=yes:NoSchedule", NULL, NULL, NULL },
		{ "gpu=a b:NoSchedule", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *taint = NULL;
		struct error err = { 0 };
		int r = taint_parse(rows[i].text, &taint, &err);

		assert_int_equal(r == 0, rows[i].key != NULL);
		if (r < 0)
			continue;
		assert_string_equal(json_str(taint, "key", "?"), rows[i].key);
		assert_string_equal(json_str(taint, "value", "?"), rows[i].value);
		assert_string_equal(json_str(taint, "effect", "?"), rows[i].effect);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_taints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
