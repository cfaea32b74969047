// SPDX-License-Identifier: Apache-2.0
/* The inventory of a made-up machine. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/agent/inventory.h"
#include "tests/unit/agent/fixture.h"

#define CPU "/sys/devices/system/cpu/"
#define NIC "/sys/devices/pci0000:00/0000:00:03.0"

static void make_cpus(const struct fixture *f)
{
	static const char *const ids[4][2] = { { "0", "0" }, { "0", "0" }, { "1", "0" },
		{ "1", "1" } };
	char path[128];

	fixture_text(f, "/proc/cpuinfo",
		"processor\t: 0\nmodel name\t: Made-up \"CPU\" \x1b[1m\nmodel name\t: other\n");
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), CPU "cpu%d/topology/physical_package_id", i);
		fixture_text(f, path, ids[i][0]);
		snprintf(path, sizeof(path), CPU "cpu%d/topology/core_id", i);
		fixture_text(f, path, ids[i][1]);
	}
	fixture_text(f, CPU "cpufreq/x", "");
}

static void make_nic(const struct fixture *f)
{
	fixture_text(f, NIC "/net/eth0/address", "52:54:00:00:00:01\n");
	fixture_text(f, NIC "/net/eth0/type", "1\n");
	fixture_text(f, NIC "/net/eth0/addr_assign_type", "0\n");
	fixture_text(f, NIC "/net/eth0/carrier", "1\n");
	fixture_text(f, NIC "/net/eth0/speed", "10000\n");
	fixture_link(f, NIC "/net/eth0/device", "../../../0000:00:03.0");
	fixture_link(f, NIC "/driver", "../../../bus/pci/drivers/ixgbe");
	fixture_link(f, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
	fixture_text(f, "/sys/class/net/lo/type", "772\n");
}

static void reads_a_whole_machine(void **state)
{
	struct fixture f;
	struct inventory *in = NULL;
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;
	struct error err = { 0 };

	(void)state;
	fixture_new(&f);
	make_cpus(&f);
	make_nic(&f);
	fixture_text(&f, "/proc/meminfo", "MemTotal:        1000 kB\nMemFree: 5 kB\n");
	fixture_text(&f, "/sys/class/dmi/id/sys_vendor", "O'Brien & \"Sons\" ${net0/mac}\n");
	fixture_text(&f, "/sys/class/dmi/id/product_serial", "\xff\xfe\x01S1\n");
	fixture_text(&f, "/sys/class/tpm/tpm0/tpm_version_major", "2\n");
	fixture_folder(&f, "/sys/firmware/efi");

	assert_int_equal(inventory_read(&f.tree, &in, &err), 0);
	assert_string_equal(in->dmi.vendor, "O'Brien & \"Sons\" ${net0/mac}");
	assert_string_equal(in->dmi.serial, "S1");
	assert_string_equal(in->dmi.product, "");
	assert_string_equal(in->cpu.model, "Made-up \"CPU\" [1m");
	assert_int_equal(in->cpu.sockets, 2);
	assert_int_equal(in->cpu.cores, 3);
	assert_int_equal(in->cpu.threads, 4);
	assert_int_equal(in->memory_bytes, 1024000);
	assert_int_equal(in->n_nics, 1);
	assert_string_equal(in->nics[0].permanent_mac, "52:54:00:00:00:01");
	assert_string_equal(in->nics[0].driver, "ixgbe");
	assert_string_equal(in->nics[0].bus, "pci-0000:00:03.0");
	assert_int_equal(in->nics[0].speed_mbps, 10000);
	assert_true(in->nics[0].link);
	assert_string_equal(in->tpm, "2.0");
	assert_string_equal(in->firmware, "uefi");
	assert_int_equal(in->n_disks, 0);

	assert_int_equal(inventory_format(in, "52:54:00:00:00:01", &text, &err), 0);
	assert_int_equal(json_read(text, strlen(text), &json, &err), 0);
	if (inventory_check(json, &err) < 0)
		test_failed("%s", err.text);
	free(in);
	fixture_free(&f);
}

static void tells_nothing_of_an_empty_machine(void **state)
{
	struct fixture f;
	struct inventory *in = NULL;
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;
	struct error err = { 0 };

	(void)state;
	fixture_new(&f);
	assert_int_equal(inventory_read(&f.tree, &in, &err), 0);
	assert_int_equal(inventory_format(in, "", &text, &err), 0);
	assert_int_equal(json_read(text, strlen(text), &json, &err), 0);
	if (inventory_check(json, &err) < 0)
		test_failed("%s", err.text);
	assert_string_equal(in->firmware, "bios");
	free(in);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_whole_machine),
		cmocka_unit_test(tells_nothing_of_an_empty_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
