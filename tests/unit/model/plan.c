// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/plan.h"
#include "provisioner/model/profile.h"

static const struct plan_image image = { .name = "debian",
	.repository = "os/debian",
	.manifest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	.kind = "rootfs",
	.size_bytes = 5000000000 };

static json_t *make_of(
	const struct machine *m, const struct plan_image *of, const char *profile_text)
{
	auto_json json_t *input = json_loads(profile_text, 0, NULL);
	auto_json json_t *profile = NULL;
	json_t *plan = NULL;
	struct error err = { 0 };

	assert_int_equal(profile_parse(input, "worker", &profile, &err), 0);
	assert_int_equal(plan_make(m, profile, of, &plan, &err), 0);
	assert_int_equal(plan_check(plan, &err), 0);
	return plan;
}

static json_t *make(const struct machine *m, const char *profile_text)
{
	return make_of(m, &image, profile_text);
}

/* What the image needs comes first, so that a profile has the last word. */
static void test_kernel_args(void **state)
{
	struct machine m = { .id = "m1", .name = "r1" };
	auto_json json_t *args = json_pack("[s, s]", "console=ttyS0,115200", "quiet");
	struct plan_image with = image;
	auto_free char *text = NULL;
	auto_json json_t *plan = NULL;

	(void)state;
	with.kernel_args = args;
	plan = make_of(&m, &with, "{\"image\":\"os/debian\",\"kernel_args\":[\"console=ttyS1\"]}");
	text = json_dumps(json_object_get(plan, "kernel_args"), JSON_COMPACT);
	assert_string_equal(text, "[\"console=ttyS0,115200\",\"quiet\",\"console=ttyS1\"]");
}

static void test_made(void **state)
{
	struct machine m = { .id = "m1", .name = "r1", .plan_seq = 3, .disk = "S1" };
	auto_json json_t *plan =
		make(&m, "{\"image\":\"os/debian\",\"cluster\":\"prod\","
			 "\"files\":[{\"path\":\"/etc/motd\",\"content\":\"hi\"}]}");
	const json_t *disk = json_object_get(plan, "disk"), *files = json_object_get(plan, "files");
	const json_t *csr = json_object_get(plan, "csr");

	(void)state;
	assert_string_equal(json_str(plan, "id", ""), "m1-3");
	assert_string_equal(json_str(plan, "hostname", ""), "r1");
	assert_string_equal(json_str(csr, "common_name", ""), "system:node:r1");
	assert_string_equal(json_str(disk, "resume", ""), "S1");
	assert_int_equal(json_int(disk, "min_bytes", 0), 5000000000);
	assert_string_equal(json_str(json_array_get(files, 0), "path", ""), "/etc/hostname");
	assert_string_equal(json_str(json_array_get(files, 2), "content_base64", ""), "aGk=");
}

/* The layout goes along, and the disk must have room for it. */
static void test_layout(void **state)
{
	struct machine m = { .id = "m1", .name = "r1" };
	auto_json json_t *plan =
		make(&m, "{\"image\":\"os/debian\",\"layout\":{\"root\":{\"size\":\"20G\"},"
			 "\"partitions\":[{\"mount\":\"/var\",\"size\":\"30G\"}]}}");
	auto_json json_t *profile = json_deep_copy(plan);
	struct plan_image whole = image;
	json_t *made = NULL;
	struct error err = { 0 };

	(void)state;
	assert_true(json_int(json_object_get(plan, "disk"), "min_bytes", 0) > 50LL << 30);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(plan, "layout"), "partitions")), 1);
	whole.kind = "disk";
	assert_true(plan_make(&m, profile, &whole, &made, &err) < 0);
	assert_string_equal(err.code, "SW-6016");
	json_object_del(profile, "layout");
	json_object_set_new(profile, "kernel_args", json_pack("[s]", "quiet"));
	assert_true(plan_make(&m, profile, &whole, &made, &err) < 0);
	assert_non_null(strstr(err.text, "'kernel_args'"));
	json_object_set_new(plan, "layout", json_object());
	assert_true(plan_check(plan, &err) < 0);
}

/* A profile's own minimum stands above the image's; an installed disk is not resumed; without a
 * cluster nothing is to be signed. */
static void test_variants(void **state)
{
	struct machine m = { .id = "m1", .name = "r1", .disk = "S1", .installed = true };
	auto_json json_t *plan =
		make(&m, "{\"image\":\"os/debian\",\"disk\":{\"min_size\":\"20G\"}}");
	const json_t *disk = json_object_get(plan, "disk");

	(void)state;
	assert_int_equal(json_int(disk, "min_bytes", 0), 20LL << 30);
	assert_int_equal(json_int(disk, "max_bytes", -1), 0);
	assert_null(json_object_get(disk, "rotational"));
	assert_string_equal(json_str(disk, "resume", "?"), "");
	assert_true(json_is_null(json_object_get(plan, "csr")));
}

static void test_refused(void **state)
{
	struct machine m = { .id = "m1", .name = "r1" };
	auto_json json_t *plan = make(&m, "{\"image\":\"os/debian\"}");
	struct error err = { 0 };

	(void)state;
	json_array_append_new(json_object_get(plan, "files"),
		json_pack("{s:s, s:i, s:i, s:i, s:s}", "path", "etc/motd", "mode", 0644, "uid", 0,
			"gid", 0, "content_base64", ""));
	assert_true(plan_check(plan, &err) < 0);
	json_object_del(plan, "files");
	assert_true(plan_check(plan, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_kernel_args),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
