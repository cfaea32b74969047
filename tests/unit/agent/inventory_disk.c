// SPDX-License-Identifier: Apache-2.0
/* Disks of every bus, as sysfs shows them. */
#include "tests/unit/unit.h"

#include "provisioner/agent/inventory_disk.h"
#include "tests/unit/agent/fixture.h"

#define PCI "/sys/devices/pci0000:00/"

/* Makes /sys/block/NAME in the folder of a device, with an empty 1 MiB disk behind it. */
static void make_block(const struct fixture *f, const char *name, const char *device)
{
	char path[512], link[512], room[TREE_PATH_MAX];

	snprintf(path, sizeof(path), "/sys/block/%s/size", name);
	fixture_text(f, path, "2048\n");
	snprintf(path, sizeof(path), "%s/uevent", device);
	fixture_text(f, path, "");
	snprintf(path, sizeof(path), "/sys/block/%s/device", name);
	snprintf(link, sizeof(link), "%s%s", f->root, device);
	fixture_link(f, path, link);
	snprintf(path, sizeof(path), "/dev/%s", name);
	fixture_text(f, path, "");
	assert_int_equal(truncate(fixture_path(f, path, room), 1 << 20), 0);
}

static struct inventory_disk read_one(struct fixture *f)
{
	struct inventory_disk disks[2];

	assert_int_equal(disk_read_all(&f->tree, disks, 2), 1);
	return disks[0];
}

static void nvme(void **state)
{
	const char *device = PCI "0000:00:1d.0/0000:03:00.0/nvme/nvme0";
	struct fixture f;
	struct inventory_disk d;

	(void)state;
	fixture_new(&f);
	make_block(&f, "nvme0n1", device);
	make_block(&f, "nvme0c0n1", device);
	fixture_text(&f, "/sys/block/nvme0c0n1/hidden", "1\n");
	fixture_text(&f, PCI "0000:00:1d.0/0000:03:00.0/nvme/nvme0/serial", "S4EMNX0R123   \n");
	fixture_text(&f, PCI "0000:00:1d.0/0000:03:00.0/nvme/nvme0/model", "SAMSUNG MZ\n");
	fixture_text(&f, "/sys/block/nvme0n1/wwid", "eui.0025388b81b0a1f6\n");
	fixture_text(&f, "/sys/block/nvme0n1/nsid", "1\n");
	fixture_text(&f, "/sys/block/nvme0n1/queue/logical_block_size", "4096\n");
	d = read_one(&f);
	assert_string_equal(d.name, "nvme0n1");
	assert_string_equal(d.bus, "nvme");
	assert_string_equal(d.serial, "S4EMNX0R123");
	assert_string_equal(d.model, "SAMSUNG MZ");
	assert_string_equal(d.wwn, "eui.0025388b81b0a1f6");
	assert_string_equal(d.path, "pci-0000:03:00.0-nvme-1");
	assert_int_equal(d.size_bytes, 1 << 20);
	assert_int_equal(d.logical_sector, 4096);
	assert_int_equal(d.n_holds, 0);
	fixture_free(&f);
}

/* Page 0x89: IDENTIFY data from byte 60, its text swapped in pairs. */
static void sata(void **state)
{
	const char *device = PCI "0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0";
	uint8_t page[572] = { 0, 0x89, 2, 0x38 };
	struct fixture f;
	struct inventory_disk d;

	(void)state;
	memcpy(page + 60 + 20, "MQ0000 1            ", 20);
	memcpy(page + 60 + 54, "EQUMH RADDSI K                          ", 40);
	fixture_new(&f);
	make_block(&f, "sda", device);
	fixture_text(&f, PCI "0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/vendor", "ATA     \n");
	fixture_text(&f, PCI "0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/model", "QEMU HARDD\n");
	fixture_text(&f, PCI "0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/wwid",
		"t10.ATA     QEMU HARDDISK    QM00001 \n");
	fixture_bytes(
		&f, PCI "0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/vpd_pg89", page, sizeof(page));
	fixture_text(&f, PCI "0000:00:1f.2/ata3/ata_port/ata3/port_no", "1\n");
	fixture_text(&f, "/sys/block/sda/queue/rotational", "1\n");
	d = read_one(&f);
	assert_string_equal(d.bus, "sata");
	assert_string_equal(d.serial, "QM00001");
	assert_string_equal(d.model, "QEMU HARDDISK");
	assert_string_equal(d.wwn, "t10.ATA QEMU HARDDISK QM00001");
	assert_string_equal(d.path, "pci-0000:00:1f.2-ata-1.0");
	assert_true(d.rotational);
	fixture_free(&f);
}

static void sas(void **state)
{
	const char *device = PCI "0000:02:00.0/host0/port-0:0/end_device-0:0/target0:0:4/0:0:4:0";
	const uint8_t page[] = "\x00\x80\x00\x08"
			       "  7K1234and more";
	struct fixture f;
	struct inventory_disk d;
	char path[512];

	(void)state;
	fixture_new(&f);
	make_block(&f, "sdb", device);
	snprintf(path, sizeof(path), "%s/vendor", device);
	fixture_text(&f, path, "SEAGATE \n");
	snprintf(path, sizeof(path), "%s/model", device);
	fixture_text(&f, path, "ST600MM0006     \n");
	snprintf(path, sizeof(path), "%s/sas_address", device);
	fixture_text(&f, path, "0x5000c50012345678\n");
	snprintf(path, sizeof(path), "%s/wwid", device);
	fixture_text(&f, path, "naa.5000c50012345679\n");
	snprintf(path, sizeof(path), "%s/vpd_pg80", device);
	fixture_bytes(&f, path, page, sizeof(page) - 1);
	d = read_one(&f);
	assert_string_equal(d.bus, "sas");
	assert_string_equal(d.model, "SEAGATE ST600MM0006");
	assert_string_equal(d.serial, "7K1234");
	assert_string_equal(d.wwn, "naa.5000c50012345679");
	assert_string_equal(d.path, "pci-0000:02:00.0-sas-0x5000c50012345678-lun-0");
	fixture_free(&f);
}

static void virtio_and_usb(void **state)
{
	struct fixture f;
	struct inventory_disk disks[3];

	(void)state;
	fixture_new(&f);
	make_block(&f, "vda", PCI "0000:00:05.0/virtio2");
	fixture_text(&f, "/sys/block/vda/serial", "disk-0\n");
	make_block(&f, "sda", PCI "0000:00:14.0/usb1/1-2/1-2:1.0/host5/target5:0:0/5:0:0:0");
	fixture_text(&f, "/sys/block/sda/removable", "1\n");
	make_block(&f, "sr0", PCI "0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0");
	fixture_text(&f, "/sys/block/loop0/size", "2048\n");
	assert_int_equal(disk_read_all(&f.tree, disks, 3), 2);
	assert_string_equal(disks[0].bus, "usb");
	assert_true(disks[0].removable);
	assert_string_equal(disks[1].bus, "virtio");
	assert_string_equal(disks[1].serial, "disk-0");
	assert_string_equal(disks[1].path, "pci-0000:00:05.0");
	assert_int_equal(disk_read_all(&f.tree, disks, 1), 1);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nvme),
		cmocka_unit_test(sata),
		cmocka_unit_test(sas),
		cmocka_unit_test(virtio_and_usb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
