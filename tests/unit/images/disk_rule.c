// SPDX-License-Identifier: Apache-2.0
/* Tests images/disk_rule.c: rules against lists of disks. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "images/disk_rule.h"

#define GB UINT64_C(1000000000)

static const struct disk_info disks[] = {
	{ .name = "sda",
		.path = "pci-0000:00:1f.2-ata-1",
		.model = "Micron_5300",
		.serial = "M91A2",
		.wwn = "0x500a0751",
		.bus = "sata",
		.size_bytes = 240 * GB },
	{ .name = "sdb",
		.model = "USB DISK",
		.serial = "U1",
		.bus = "usb",
		.size_bytes = 16 * GB,
		.removable = true },
	{ .name = "nvme0n1",
		.model = "SAMSUNG MZQL2",
		.serial = "S64G1",
		.bus = "nvme",
		.size_bytes = 960 * GB },
	{ .name = "nvme1n1",
		.model = "SAMSUNG MZQL2",
		.serial = "S64G2",
		.bus = "nvme",
		.size_bytes = 480 * GB },
	{ .name = "sdc",
		.model = "HGST",
		.serial = "H1",
		.bus = "sas",
		.size_bytes = 8000 * GB,
		.holds = { "gpt", "lvm2_member" },
		.n_holds = 2 },
	{ .name = "sr0", .bus = "sata", .size_bytes = 0 },
};
#define N_DISKS (sizeof(disks) / sizeof(disks[0]))

static const struct row {
	const char *rule; /* JSON */
	const char *disk; /* name, or NULL */
	const char *code;
	const char *says; /* part of the error */
} rows[] = {
	{ "{}", "sda", NULL, NULL },
	{ "{\"select\":\"smallest\"}", "sda", NULL, NULL },
	{ "{\"select\":\"largest\"}", "nvme0n1", NULL, NULL },
	{ "{\"select\":\"\"}", "sda", NULL, NULL },
	{ "{\"bus\":[\"nvme\"]}", "nvme0n1", NULL, NULL },
	{ "{\"bus\":[\"nvme\"],\"select\":\"smallest\"}", "nvme1n1", NULL, NULL },
	{ "{\"bus\":[\"sas\",\"nvme\"],\"select\":\"largest\"}", "nvme0n1", NULL, NULL },
	{ "{\"min_bytes\":300000000000}", "nvme0n1", NULL, NULL },
	{ "{\"model\":\"Micron*\"}", "sda", NULL, NULL },
	{ "{\"model\":\"micron*\"}", NULL, "SW-3005", "other model" },
	{ "{\"serial\":\"S64G2\"}", "nvme1n1", NULL, NULL },
	{ "{\"wwn\":\"0x500a0751\"}", "sda", NULL, NULL },
	{ "{\"allow_removable\":true,\"select\":\"smallest\"}", "sdb", NULL, NULL },
	{ "{\"bus\":[\"usb\"]}", NULL, "SW-3005", "sdb 16.0 GB USB DISK U1 (removable)" },
	{ "{\"min_bytes\":9000000000000}", NULL, "SW-3005", "(too small)" },
	{ "{\"bus\":[\"sas\"]}", NULL, "SW-3006", "sdc 8.0 TB HGST H1 (holds gpt, lvm2_member)" },
	{ "{\"bus\":[\"sas\"],\"overwrite\":[\"H1\"]}", "sdc", NULL, NULL },
	{ "{\"bus\":[\"sas\"],\"overwrite\":[\"sdc\"]}", "sdc", NULL, NULL },
	{ "{\"bus\":[\"sas\"],\"overwrite\":[\"\"]}", NULL, "SW-3006", "Nothing was written" },
	{ "{\"bus\":[\"sas\"],\"overwrite\":[\"h1\"]}", NULL, "SW-3006", NULL },
	{ "{\"bus\":[\"sas\"],\"resume\":\"H1\"}", "sdc", NULL, NULL },
	/* The disk of our own unfinished write goes before a better one, but must fit still. */
	{ "{\"select\":\"smallest\",\"resume\":\"S64G1\"}", "nvme0n1", NULL, NULL },
	{ "{\"select\":\"largest\",\"overwrite\":[\"H1\"],\"resume\":\"M91A2\"}", "sda", NULL,
		NULL },
	{ "{\"bus\":[\"nvme\"],\"resume\":\"M91A2\"}", "nvme0n1", NULL, NULL },
	{ "{\"resume\":\"\"}", "sda", NULL, NULL },
};

static void test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct error err = { 0 };
		struct disk_rule rule;
		auto_json json_t *obj = NULL;
		size_t index = SIZE_MAX;
		int r;

		assert_int_equal(json_read(row->rule, strlen(row->rule), &obj, &err), 0);
		assert_int_equal(disk_rule_read(obj, &rule, &err), 0);
		r = disk_rule_choose(&rule, disks, N_DISKS, &index, &err);
		if (row->disk) {
			if (r < 0)
				print_error("%s: %s\n", row->rule, err.text);
			assert_int_equal(r, 0);
			assert_string_equal(disks[index].name, row->disk);
			continue;
		}
		assert_int_equal(r, -ENODEV);
		assert_string_equal(err.code, row->code);
		if (row->says && !strstr(err.text, row->says))
			print_error("%s\n", err.text);
		assert_true(!row->says || strstr(err.text, row->says));
	}
}

static void test_no_disks(void **state)
{
	struct disk_rule rule = { 0 };
	struct error err = { 0 };
	size_t index;

	(void)state;
	assert_int_equal(disk_rule_choose(&rule, NULL, 0, &index, &err), -ENODEV);
	assert_non_null(strstr(err.text, "none at all"));
	assert_non_null(strstr(err.hint, "controller"));
}

static void test_read_refuses(void **state)
{
	static const char *const bad[] = {
		"{\"select\":\"fastest\"}",
		"{\"min_bytes\":-1}",
		"{\"min_bytes\":\"20G\"}",
		"{\"buses\":[]}",
		"{\"bus\":[1]}",
		"{\"bus\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]}",
		"{\"serial\":null}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = { 0 };
		struct disk_rule rule;
		auto_json json_t *obj = NULL;

		assert_int_equal(json_read(bad[i], strlen(bad[i]), &obj, &err), 0);
		assert_true(disk_rule_read(obj, &rule, &err) < 0);
		assert_string_not_equal(err.text, "");
	}
}

static void test_identity(void **state)
{
	struct disk_info nameless = { .name = "vda" };

	(void)state;
	assert_string_equal(disk_info_identity(&disks[0]), "0x500a0751");
	assert_string_equal(disk_info_identity(&disks[2]), "S64G1");
	assert_string_equal(disk_info_identity(&nameless), "vda");
	assert_true(disk_info_is(&disks[0], "pci-0000:00:1f.2-ata-1"));
	assert_false(disk_info_is(&nameless, ""));
	assert_false(disk_info_is(&nameless, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_no_disks),
		cmocka_unit_test(test_read_refuses),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
