// SPDX-License-Identifier: Apache-2.0
/* Layouts: filled in, counted, refused. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/layout.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

/* *ret is the layout, filled in; the caller's. text has ' for ". */
static int parse(const char *text, json_t **ret, struct error *err)
{
	auto_json json_t *out = json_object();
	auto_json json_t *input = NULL;
	char quoted[2048];
	int r;

	(void)snprintf(quoted, sizeof(quoted), "%s", text);
	for (char *p = quoted; *p; p++)
		if (*p == '\'')
			*p = '"';
	input = json_loads(quoted, 0, NULL);
	assert_non_null(input);
	r = layout_parse(input, out, err);
	*ret = json_incref(json_object_get(out, "layout"));
	return r;
}

static void test_filled_in(void **state)
{
	static const struct {
		const char *text, *filled;
		uint64_t least;
		bool plain;
	} rows[] = {
		{ "{}", "{\"partitions\":[],\"root\":{\"filesystem\":\"ext4\",\"size\":0}}", 0,
			true },
		{ "{'root':{'filesystem':'xfs'}}",
			"{\"partitions\":[],\"root\":{\"filesystem\":\"xfs\",\"size\":0}}", 0,
			false },
		{ "{'root':{'size':'20G'},'partitions':[{'mount':'/var'}]}",
			"{\"partitions\":[{\"filesystem\":\"ext4\",\"mount\":\"/var\",\"size\":0}],"
			"\"root\":{\"filesystem\":\"ext4\",\"size\":21474836480}}",
			20 * GIB + 512 * MIB, false },
		{ "{'root':{'size':'20G'},'partitions':[{'mount':'/var','size':'2G'},"
		  "{'mount':'/var/lib/etcd','size':'1G','filesystem':'xfs'}]}",
			NULL, 23 * GIB, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *layout = NULL;
		auto_free char *text = NULL;
		struct error err = { 0 };

		assert_int_equal(parse(rows[i].text, &layout, &err), 0);
		assert_int_equal(layout_check(layout, &err), 0);
		assert_int_equal(layout_least_bytes(layout), rows[i].least);
		assert_int_equal(layout_is_plain(layout), rows[i].plain);
		assert_int_equal(json_write(layout, &text, &err), 0);
		if (rows[i].filled)
			assert_string_equal(text, rows[i].filled);
	}
	assert_true(layout_is_plain(NULL));
}

#define ROOT "'root':{'size':'2G'},"

static void test_refused(void **state)
{
	static const struct {
		const char *text, *named;
	} rows[] = {
		{ "{'raid':1}", "raid" },
		{ "{'root':{'filesystem':'btrfs'}}", "btrfs" },
		{ "{'root':{'size':'100M'}}", "'/'" },
		{ "{'root':{'size':'2000T'}}", "'/'" },
		{ "{'root':{'size':'big'}}", "big" },
		{ "{'partitions':[{'mount':'/var'}]}", "'/' wants a size" },
		{ "{" ROOT "'partitions':[{'mount':'/a'},{'mount':'/b'}]}", "'/a' wants a size" },
		{ "{" ROOT "'partitions':[{'mount':'/a','size':'1M'}]}", "'/a'" },
		{ "{" ROOT "'partitions':[{'size':'1G'}]}", "mount" },
		{ "{" ROOT "'partitions':[{'mount':'/'}]}", "plain absolute path" },
		{ "{" ROOT "'partitions':[{'mount':'var'}]}", "plain absolute path" },
		{ "{" ROOT "'partitions':[{'mount':'/a/../etc'}]}", "plain absolute path" },
		{ "{" ROOT "'partitions':[{'mount':'/a b'}]}", "plain absolute path" },
		{ "{" ROOT "'partitions':[{'mount':'/usr'}]}", "on the root" },
		{ "{" ROOT "'partitions':[{'mount':'/etc/x'}]}", "on the root" },
		{ "{" ROOT "'partitions':[{'mount':'/boot'}]}", "on the root" },
		{ "{" ROOT "'partitions':[{'mount':'/a','size':'1G'},{'mount':'/a'}]}", "twice" },
		{ "{" ROOT "'partitions':[{'mount':'/a/b','size':'1G'},{'mount':'/a'}]}",
			"must stand before '/a/b'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *layout = NULL;
		struct error err = { 0 };

		if (parse(rows[i].text, &layout, &err) >= 0)
			test_failed("taken: %s", rows[i].text);
		if (!strstr(err.text, rows[i].named))
			test_failed("%s: %s", rows[i].text, err.text);
	}
}

static void test_check_wants_it_whole(void **state)
{
	auto_json json_t *bare = json_object();
	struct error err = { 0 };

	(void)state;
	assert_true(layout_check(bare, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filled_in),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_check_wants_it_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
