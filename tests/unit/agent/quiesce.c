// SPDX-License-Identifier: Apache-2.0
/* What is taken from its driver before a kexec. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "provisioner/agent/quiesce.h"
#include "tests/unit/agent/fixture.h"

#define PCI    "/sys/devices/pci0000:00/"
#define DRIVER "/sys/bus/drivers/"

static void add_device(const struct fixture *f, const char *device, const char *driver)
{
	char path[256], to[256];

	snprintf(path, sizeof(path), DRIVER "%s/unbind", driver);
	fixture_text(f, path, "");
	snprintf(path, sizeof(path), PCI "%s/driver", device);
	snprintf(to, sizeof(to), "%s" DRIVER "%s", f->root, driver);
	fixture_link(f, path, to);
}

static void assert_unbound(const struct fixture *f, const char *driver, const char *name)
{
	char path[TREE_PATH_MAX];
	struct error err = { 0 };
	auto_buf text = { .max = 256 };

	snprintf(path, sizeof(path), "%s" DRIVER "%s/unbind", f->root, driver);
	assert_int_equal(file_read(path, 256, &text, &err), 0);
	assert_string_equal(text.len ? buf_str(&text) : "", name);
}

static void cards_and_virtio_devices(void **state)
{
	struct fixture f;

	(void)state;
	fixture_new(&f);
	add_device(&f, "0000:00:03.0", "e1000e");
	fixture_link(&f, PCI "0000:00:03.0/net/eth0/device", "../../../0000:00:03.0");
	fixture_link(&f, "/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
	fixture_text(&f, "/sys/class/net/lo/address", "00:00:00:00:00:00\n");
	add_device(&f, "0000:00:04.0/virtio0", "virtio_blk");
	fixture_link(&f, "/sys/bus/virtio/devices/virtio0",
		"../../../devices/pci0000:00/0000:00:04.0/virtio0");
	add_device(&f, "0000:00:05.0/virtio1", "virtio_console");
	fixture_link(&f, "/sys/bus/virtio/devices/virtio1",
		"../../../devices/pci0000:00/0000:00:05.0/virtio1");
	add_device(&f, "0000:00:06.0", "nvme");
	quiesce_devices(&f.tree);
	assert_unbound(&f, "e1000e", "0000:00:03.0");
	assert_unbound(&f, "virtio_blk", "virtio0");
	assert_unbound(&f, "virtio_console", "");
	assert_unbound(&f, "nvme", "");
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cards_and_virtio_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
