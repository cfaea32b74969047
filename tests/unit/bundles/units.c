// SPDX-License-Identifier: Apache-2.0
/* The links that enabling and masking make. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "bundles/units.h"

#define SYSTEM "etc/systemd/system/"

static struct tree tree;

static void unit_put(const char *name, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "usr/lib/systemd/system/%s", name);
	json_object_set_new(tree.units, name, json_pack("{s:s, s:s}", "path", path, "text", text));
}

static int setup(void **state)
{
	(void)state;
	tree = (struct tree){ json_object(), json_object(), json_object(), json_object() };
	unit_put("a.service",
		"[Unit]\nWantedBy=not.target\n[Install]\n# WantedBy=comment.target\n"
		"WantedBy=multi-user.target other.target\nAlias=b.service\nAlso=c.socket\n");
	unit_put("c.socket", "[Install]\r\nRequiredBy=sockets.target\r\n");
	unit_put("getty@.service", "[Install]\nWantedBy=getty.target\n");
	unit_put("static.service", "[Service]\nExecStart=/bin/true\n");
	unit_put("odd.service", "[Install]\nWantedBy=../../../../tmp/x %i.target\n");
	unit_put("ring.service", "[Install]\nAlso=ring.service\nWantedBy=x.target\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tree_done(&tree);
	return 0;
}

static int apply(const char *verb, const char *name, struct overlay *o, struct error *err)
{
	auto_json json_t *units = json_pack("{s:[s]}", verb, name);

	return units_apply(units, &tree, o, err);
}

static void assert_link(const struct overlay *o, const char *path, const char *target)
{
	const struct overlay_item *item = overlay_find(o, path);

	if (!item || !item->target || strcmp(item->target, target) != 0)
		test_failed("no link '%s' to '%s'", path, target);
}

static void units_enable(void **state)
{
	auto_overlay o = { 0 };
	struct error err = { 0 };
	const char *a = "/usr/lib/systemd/system/a.service";

	(void)state;
	assert_int_equal(apply("enable", "a.service", &o, &err), 0);
	assert_link(&o, SYSTEM "multi-user.target.wants/a.service", a);
	assert_link(&o, SYSTEM "other.target.wants/a.service", a);
	assert_link(&o, SYSTEM "b.service", a);
	assert_link(
		&o, SYSTEM "sockets.target.requires/c.socket", "/usr/lib/systemd/system/c.socket");
	assert_int_equal(o.count, 4);
	assert_int_equal(apply("enable", "getty@tty1.service", &o, &err), 0);
	assert_link(&o, SYSTEM "getty.target.wants/getty@tty1.service",
		"/usr/lib/systemd/system/getty@.service");
	assert_int_equal(apply("enable", "ring.service", &o, &err), 0);
}

static void units_mask(void **state)
{
	auto_overlay o = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(apply("mask", "unknown.timer", &o, &err), 0);
	assert_link(&o, SYSTEM "unknown.timer", "/dev/null");
}

static void units_refuse(void **state)
{
	auto_overlay o = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(apply("enable", "unknown.service", &o, &err), -ENOENT);
	assert_int_equal(apply("enable", "static.service", &o, &err), -EINVAL);
	assert_int_equal(apply("enable", "odd.service", &o, &err), -EINVAL);
	assert_int_equal(o.count, 0);
}

static void paths_follow_links(void **state)
{
	static const char *const paths[][2] = {
		{ "lib/x", "usr/lib/x" },
		{ "usr/bin/x", "usr/bin/x" },
		{ "var/run/x/y", "run/x/y" },
		{ "deep/a/b", "deep/other/b" },
		{ "lib", "lib" },
		{ "loop/x", "loop/x" },
	};

	(void)state;
	json_object_set_new(tree.links, "lib", json_string("usr/lib"));
	json_object_set_new(tree.links, "var/run", json_string("/run"));
	json_object_set_new(tree.links, "deep/a", json_string("other"));
	json_object_set_new(tree.links, "loop", json_string("loop"));
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		auto_free char *found = tree_resolve(&tree, paths[i][0]);

		assert_string_equal(found, paths[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_enable),
		cmocka_unit_test(units_mask),
		cmocka_unit_test(units_refuse),
		cmocka_unit_test(paths_follow_links),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
