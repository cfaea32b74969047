// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/disk_rule.h"

#define GB 1000000000LL

struct rule {
	json_int_t min_bytes;
	const char *bus, *model, *serial, *select;
	bool removable;
	const char *overwrite, *resume;
	json_int_t max_bytes;
	const char *rotational; /* "yes", "no"; NULL: either */
};

static json_t *rule_json(const struct rule *r)
{
	json_t *bus = json_array(), *overwrite = json_array();

	if (r->bus)
		json_array_append_new(bus, json_string(r->bus));
	if (r->overwrite)
		json_array_append_new(overwrite, json_string(r->overwrite));
	return json_pack("{s:I, s:I, s:o, s:s, s:s, s:s, s:s, s:b, s:o, s:s, s:o*}", "min_bytes",
		r->min_bytes, "max_bytes", r->max_bytes, "bus", bus, "model",
		r->model ? r->model : "", "serial", r->serial ? r->serial : "", "wwn", "", "select",
		r->select ? r->select : "first", "allow_removable", r->removable, "overwrite",
		overwrite, "resume", r->resume ? r->resume : "", "rotational",
		r->rotational ? json_boolean(strcmp(r->rotational, "yes") == 0) : NULL);
}

static json_t *disk(const char *name, json_int_t size, const char *bus, const char *serial,
	const char *wwn, const char *holds)
{
	json_t *held = json_array();

	if (holds)
		json_array_append_new(held, json_string(holds));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:b, s:b, s:o}", "name", name, "path",
		name, "model", "Micron 5300", "serial", serial, "wwn", wwn, "size_bytes", size,
		"bus", bus, "removable", false, "rotational", strcmp(bus, "sata") == 0, "holds",
		held);
}

/* sda: full of data; sdb, nvme0: blank; usb: a stick. */
static json_t *disks(void)
{
	return json_pack("[o, o, o, o]",
		disk("sda", 400 * GB, "sata", "A1", "wwn-a", "lvm2_member"),
		disk("sdb", 240 * GB, "sata", "B1", "", NULL),
		disk("nvme0", 800 * GB, "nvme", "N1", "wwn-n", NULL),
		disk("sdc", 16 * GB, "usb", "U1", "", NULL));
}

static void test_picked(void **state)
{
	static const struct {
		struct rule rule;
		const char *name; /* NULL: refused */
		int number;
		const char *said; /* in the refusal */
	} rows[] = {
		{ { 0 }, "sdb", 0, NULL },
		{ { .select = "largest" }, "nvme0", 0, NULL },
		{ { .select = "smallest" }, "sdb", 0, NULL },
		{ { .select = "smallest", .removable = true }, "sdc", 0, NULL },
		{ { .min_bytes = 300 * GB }, "nvme0", 0, NULL },
		{ { .bus = "nvme" }, "nvme0", 0, NULL },
		{ { .serial = "B*" }, "sdb", 0, NULL },
		{ { .overwrite = "A1" }, "sda", 0, NULL },
		{ { .overwrite = "wwn-a" }, "sda", 0, NULL },
		{ { .resume = "wwn-a", .select = "largest" }, "sda", 0, NULL },
		{ { .resume = "N1" }, "nvme0", 0, NULL },
		{ { .select = "largest", .max_bytes = 300 * GB }, "sdb", 0, NULL },
		{ { .rotational = "no" }, "nvme0", 0, NULL },
		{ { .rotational = "yes", .select = "largest" }, "sdb", 0, NULL },
		{ { .rotational = "no", .bus = "sata" }, NULL, -ENOENT, "(spins)" },
		{ { .rotational = "yes", .bus = "nvme" }, NULL, -ENOENT, "(does not spin)" },
		{ { .max_bytes = 10 * GB }, NULL, -ENOENT, "at most 10.0 GB" },
		{ { .max_bytes = 10 * GB }, NULL, -ENOENT, "(too large)" },
		{ { .serial = "A1" }, NULL, -EEXIST, "lvm2_member" },
		{ { .min_bytes = 2000 * GB }, NULL, -ENOENT, "too small" },
		{ { .bus = "sas" }, NULL, -ENOENT, "another bus" },
		{ { .model = "Intel*" }, NULL, -ENOENT, "another model" },
	};
	auto_json json_t *list = disks();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *rule = rule_json(&rows[i].rule);
		const json_t *picked = NULL;
		struct error err = { 0 };
		int r;

		assert_int_equal(disk_rule_check(rule, &err), 0);
		r = disk_rule_pick(rule, list, &picked, &err);
		assert_int_equal(r, rows[i].number);
		if (rows[i].name)
			assert_string_equal(json_str(picked, "name", ""), rows[i].name);
		else
			assert_non_null(strstr(err.text, rows[i].said));
	}
}

/* No empty text names a disk that lacks a serial and a WWN. */
static void test_empty_names_nothing(void **state)
{
	struct rule r = { .overwrite = "" };
	auto_json json_t *rule = rule_json(&r);
	auto_json json_t *bare = disk("", GB, "sata", "", "", "ext4");
	auto_json json_t *none = json_array();
	const json_t *picked;
	struct error err = { 0 };

	(void)state;
	assert_false(disk_rule_names(rule, bare));
	assert_int_equal(disk_rule_pick(rule, none, &picked, &err), -ENOENT);
	assert_string_equal(err.code, "SW-3005");
	assert_non_null(strstr(err.text, "no disk at all"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_picked),
		cmocka_unit_test(test_empty_names_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
