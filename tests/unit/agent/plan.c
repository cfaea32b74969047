// SPDX-License-Identifier: Apache-2.0
/* Plans as the agent takes them. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/agent/plan.h"

static const char good[] =
	"{'id':'p1','machine':'m1','hostname':'r1',"
	"'image':{'name':'debian','repository':'os/debian-12','kind':'rootfs','size_bytes':5,"
	"'manifest':'sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'},"
	"'disk':{'min_bytes':0,'bus':[],'model':'','serial':'','wwn':'','select':'first',"
	"'allow_removable':false,'overwrite':[],'resume':''},"
	"'kernel_args':['console=ttyS0','quiet'],'boot':'auto',"
	"'files':[{'path':'/etc/x','mode':384,'uid':1,'gid':2,'content_base64':'aGVsbG8='}],"
	"'csr':{'common_name':'system:node:r1','organization':'system:nodes'}}";

static json_t *read_text(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	return json;
}

/* The good plan with ' for " and one piece replaced. */
static json_t *plan_with(const char *old, const char *new)
{
	char text[4096];
	const char *at = old ? strstr(good, old) : good;
	size_t n;

	assert_non_null(at);
	n = (size_t)(at - good);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)n, good, old ? new : "",
		old ? at + strlen(old) : at);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	return read_text(text);
}

static void reads_a_plan(void **state)
{
	auto_json json_t *json = plan_with(NULL, NULL);
	auto_plan plan = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(plan_parse(json, &plan, &err), 0);
	assert_string_equal(plan.repository, "os/debian-12");
	assert_string_equal(plan.common_name, "system:node:r1");
	assert_int_equal(plan.n_kernel_args, 2);
	assert_int_equal(plan.boot, PLAN_BOOT_AUTO);
}

static void reads_a_layout(void **state)
{
	auto_json json_t *json = plan_with("'csr':",
		"'layout':{'root':{'size':2147483648,"
		"'filesystem':'ext4'},'partitions':[{'mount':'/var','size':0,'filesystem':'xfs'}]},"
		"'csr':");
	auto_plan plan = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(plan_parse(json, &plan, &err), 0);
	assert_int_equal(plan.n_volumes, 2);
	assert_string_equal(plan.volumes[0].mount, "/");
	assert_int_equal(plan.volumes[0].size_bytes, 2147483648);
	assert_string_equal(plan.volumes[1].mount, "/var");
	assert_int_equal(plan.volumes[1].filesystem, FILESYSTEM_XFS);
}

static void refuses_what_does_not_fit(void **state)
{
	static const struct {
		const char *old, *new, *code;
	} rows[] = {
		{ "'rootfs'", "'live'", "SW-3024" },
		{ "os/debian-12", "../../etc", "SW-3023" },
		{ "os/debian-12", "os/x?y", "SW-3023" },
		{ "os/debian-12", "", "SW-3023" },
		{ "sha256:00", "sha256:zz", "SW-3023" },
		{ "'auto'", "'never'", "SW-3023" },
		{ "'quiet'", "'a b'", "SW-3023" },
		{ "'quiet'", "'a\\nb'", "SW-3023" },
		{ "/etc/x", "etc/x", "SW-3023" },
		{ "/etc/x", "/etc/../x", "SW-3023" },
		{ "/etc/x", "/etc/..", "SW-3023" },
		{ "/etc/x", "/", "SW-3023" },
		{ "'hostname':'r1',", "", "SW-3023" },
		{ "'id':'p1',", "'id':'p1','more':1,", "SW-3023" },
		{ "'csr':", "'layout':{},'csr':", "SW-3023" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *json = plan_with(rows[i].old, rows[i].new);
		auto_plan plan = { 0 };
		struct error err = { 0 };

		if (plan_parse(json, &plan, &err) >= 0)
			test_failed("taken: %s", rows[i].new);
		assert_string_equal(err.code, rows[i].code);
	}
}

static void joins_only_where_asked(void **state)
{
	auto_json json_t *json =
		plan_with("{'common_name':'system:node:r1','organization':'system:nodes'}", "null");
	auto_plan plan = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(plan_parse(json, &plan, &err), 0);
	assert_null(plan.common_name);
}

static void reads_files(void **state)
{
	auto_json json_t *json = plan_with(NULL, NULL);
	auto_json json_t *pem =
		read_text("{\"path\":\"/var/k.pem\",\"mode\":420,\"uid\":0,\"gid\":0,"
			  "\"content_base64\":\"\",\"agent_key\":\"kubelet-pem\"}");
	auto_json json_t *odd = read_text("{\"path\":\"/x\",\"content_base64\":\"\","
					  "\"agent_key\":\"other\"}");
	auto_json json_t *link =
		read_text("{\"path\":\"/l\",\"content_base64\":\"\",\"link\":\"k.pem\"}");
	auto_plan plan = { 0 };
	auto_buf content = { 0 };
	struct plan_file file;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(plan_parse(json, &plan, &err), 0);
	assert_int_equal(plan_file_read(json_array_get(plan.files, 0), &file, &content, &err), 0);
	assert_string_equal(file.path, "/etc/x");
	assert_int_equal(file.mode, 0600);
	assert_int_equal(file.uid, 1);
	assert_string_equal(buf_str(&content), "hello");
	assert_false(file.kubelet_pem);
	assert_null(file.link);
	assert_int_equal(plan_file_read(link, &file, &content, &err), 0);
	assert_string_equal(file.link, "k.pem");
	assert_int_equal(plan_file_read(pem, &file, &content, &err), 0);
	assert_true(file.kubelet_pem);
	assert_int_equal(file.mode, 0600);
	assert_int_equal(plan_file_read(odd, &file, &content, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_plan),
		cmocka_unit_test(reads_a_layout),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(joins_only_where_asked),
		cmocka_unit_test(reads_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
