// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/profile.h"

static int parse(const char *text, json_t **ret, struct error *err)
{
	auto_json json_t *input = NULL;

	*ret = NULL;
	assert_int_equal(json_read(text, strlen(text), &input, err), 0);
	return profile_parse(input, "worker", ret, err);
}

static void test_least_profile(void **state)
{
	auto_json json_t *p = NULL;
	struct error err = { 0 };
	const json_t *disk;

	(void)state;
	assert_int_equal(parse("{\"image\":\"os/debian\"}", &p, &err), 0);
	disk = json_object_get(p, "disk");
	assert_string_equal(json_str(p, "name", ""), "worker");
	assert_string_equal(json_str(p, "hostname", ""), "node-{n}");
	assert_string_equal(json_str(p, "boot", ""), "auto");
	assert_string_equal(json_str(disk, "select", ""), "first");
	assert_int_equal(json_int(disk, "min_size", -1), 0);
	assert_false(json_bool(disk, "allow_removable", true));
	assert_int_equal(json_array_size(json_object_get(p, "files")), 0);
}

/* What was normalised reads the same again. */
static void test_full_profile(void **state)
{
	static const char text[] =
		"{\"name\":\"worker\",\"image\":\"os/debian\",\"hostname\":\"r{n}-rack\",\"cluster\":\"prod\","
		"\"disk\":{\"min_size\":\"20G\",\"max_size\":\"2T\",\"rotational\":false,\"bus\":[\"nvme\",\"sata\"],\"overwrite\":[\"S1\"]},"
		"\"labels\":{\"rack\":\"a\"},\"taints\":[\"a=b:NoSchedule\"],\"kernel_args\":[\"console=ttyS0\"],"
		"\"boot\":\"reboot\",\"files\":[{\"path\":\"/etc/motd\",\"mode\":\"0600\",\"content\":\"x\"}],"
		"\"match\":{\"vendor\":\"Dell*\",\"macs\":[\"52-54-00-00-00-01\"]}}";
	auto_json json_t *p = NULL;
	auto_json json_t *again = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(parse(text, &p, &err), 0);
	assert_int_equal(json_int(json_object_get(p, "disk"), "min_size", 0), 20LL << 30);
	assert_int_equal(json_int(json_array_get(json_object_get(p, "files"), 0), "mode", 0), 0600);
	assert_int_equal(json_int(json_object_get(p, "disk"), "max_size", 0), 2LL << 40);
	assert_non_null(json_object_get(p, "layout"));
	assert_true(json_is_false(json_object_get(json_object_get(p, "disk"), "rotational")));
	assert_int_equal(profile_parse(p, NULL, &again, &err), 0);
	assert_true(json_equal(p, again));
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *named;
	} rows[] = {
		{ "{}", "image" },
		{ "{\"image\":\"\"}", "image" },
		{ "{\"image\":1}", "image" },
		{ "{\"image\":\"a\",\"role\":\"x\"}", "role" },
		{ "{\"image\":\"a\",\"name\":\"other\"}", "other" },
		{ "{\"image\":\"a\",\"hostname\":\"R{n}\"}", "R{n}" },
		{ "{\"image\":\"a\",\"hostname\":\"r{n}.rack\"}", "hostname" },
		{ "{\"image\":\"a\",\"hostname\":\"\"}", "hostname" },
		{ "{\"image\":\"a\",\"boot\":\"pxe\"}", "pxe" },
		{ "{\"image\":\"a\",\"cluster\":\"../x\"}", "cluster" },
		{ "{\"image\":\"a\",\"disk\":{\"min_size\":\"many\"}}", "min_size" },
		{ "{\"image\":\"a\",\"disk\":{\"max_size\":true}}", "max_size" },
		{ "{\"image\":\"a\",\"disk\":{\"min_size\":\"2T\",\"max_size\":\"1T\"}}",
			"max_size" },
		{ "{\"image\":\"a\",\"disk\":{\"rotational\":\"no\"}}", "rotational" },
		{ "{\"image\":\"a\",\"disk\":{\"bus\":[\"ide\"]}}", "ide" },
		{ "{\"image\":\"a\",\"disk\":{\"select\":\"best\"}}", "best" },
		{ "{\"image\":\"a\",\"disk\":{\"size\":1}}", "size" },
		{ "{\"image\":\"a\",\"layout\":{\"root\":{\"filesystem\":\"ntfs\"}}}", "ntfs" },
		{ "{\"image\":\"a\",\"labels\":{\"a\":1}}", "labels" },
		{ "{\"image\":\"a\",\"kernel_args\":[\"a b\"]}", "kernel_args" },
		{ "{\"image\":\"a\",\"kernel_args\":[\"a;reboot\"]}", "kernel_args" },
		{ "{\"image\":\"a\",\"files\":[{\"path\":\"etc\",\"content\":\"\"}]}", "path" },
		{ "{\"image\":\"a\",\"files\":[{\"path\":\"/a/../b\",\"content\":\"\"}]}", "path" },
		{ "{\"image\":\"a\",\"files\":[{\"path\":\"/a//b\",\"content\":\"\"}]}", "path" },
		{ "{\"image\":\"a\",\"files\":[{\"path\":\"/a/\",\"content\":\"\"}]}", "path" },
		{ "{\"image\":\"a\",\"files\":[{\"path\":\"/a\",\"content\":\"\",\"mode\":\"rw\"}]}",
			"mode" },
		{ "{\"image\":\"a\",\"files\":[{\"path\":\"/a\"}]}", "content" },
		{ "{\"image\":\"a\",\"match\":{\"macs\":[\"x\"]}}", "macs" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		json_t *p;

		assert_true(parse(rows[i].text, &p, &err) < 0);
		assert_string_equal(err.code, "SW-6001");
		assert_non_null(strstr(err.text, rows[i].named));
	}
}

static void test_matches(void **state)
{
	static const struct {
		const char *match;
		bool matches;
	} rows[] = {
		{ "{}", false },
		{ "{\"vendor\":\"Dell*\"}", true },
		{ "{\"vendor\":\"HP*\"}", false },
		{ "{\"vendor\":\"Dell*\",\"product\":\"R6?0\"}", true },
		{ "{\"vendor\":\"Dell*\",\"product\":\"R7*\"}", false },
		{ "{\"serial\":\"S[1-3]\"}", true },
		{ "{\"macs\":[\"52:54:00:00:00:01\"]}", true },
		{ "{\"macs\":[\"52:54:00:00:00:09\"]}", false },
		{ "{\"macs\":[]}", false },
	};
	struct evidence e = { .vendor = "Dell Inc.", .product = "R640", .serial = "S2" };

	(void)state;
	e.boot_mac = (struct mac){ { 0x52, 0x54, 0, 0, 0, 1 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *match = json_loads(rows[i].match, 0, NULL);
		auto_json json_t *p = json_pack("{s:O}", "match", match);

		assert_int_equal(profile_matches(p, &e), rows[i].matches);
	}
}

static void test_hostnames(void **state)
{
	auto_json json_t *numbered = json_pack("{s:s}", "hostname", "r{n}-a");
	auto_json json_t *single = json_pack("{s:s}", "hostname", "only");
	struct error err = { 0 };
	char out[64];

	(void)state;
	assert_int_equal(profile_hostname(numbered, 42, out, sizeof(out), &err), 0);
	assert_string_equal(out, "r42-a");
	assert_int_equal(profile_hostname(single, 1, out, sizeof(out), &err), 0);
	assert_string_equal(out, "only");
	assert_int_equal(profile_hostname(single, 2, out, sizeof(out), &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least_profile),
		cmocka_unit_test(test_full_profile),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_hostnames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
