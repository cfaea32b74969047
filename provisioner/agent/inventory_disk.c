// SPDX-License-Identifier: Apache-2.0
/*
 * Disks: whole block devices with hardware behind them. Serial numbers, models and WWNs are where
 * each bus keeps them: NVMe and virtio in files of their own, ATA in page 0x89 of its SCSI
 * translation (SAT-4, 12.4.2: IDENTIFY DEVICE data from byte 60), SCSI in pages 0x80 and 0x83
 * (SPC-5).
 */
#include "provisioner/agent/inventory_disk.h"

#include <stdio.h>
#include <string.h>

#include "provisioner/agent/disk_holds.h"

#define SECTOR 512 /* /sys/block/X/size counts these, whatever the disk's own sector is */

#define ATA_IDENTIFY 60 /* offset in page 0x89 */
#define ATA_SERIAL   20 /* words 10-19, as bytes */
#define ATA_MODEL    54 /* words 27-46 */

/* ATA text has its bytes swapped in pairs (ACS-4, 3.4.9). */
static void ata_text(const uint8_t *p, size_t n, char *out, size_t size)
{
	char text[64];

	for (size_t i = 0; i + 1 < n && i + 1 < sizeof(text); i += 2) {
		text[i] = (char)p[i + 1];
		text[i + 1] = (char)p[i];
	}
	(void)text_clean(text, n, out, size);
}

static void read_ata(const struct tree *t, const char *name, struct inventory_disk *d)
{
	uint8_t page[ATA_IDENTIFY + 512];
	size_t n = tree_bytes(t, page, sizeof(page), "/sys/block/%s/device/vpd_pg89", name);

	if (n < sizeof(page))
		return;
	ata_text(page + ATA_IDENTIFY + ATA_SERIAL, 20, d->serial, sizeof(d->serial));
	ata_text(page + ATA_IDENTIFY + ATA_MODEL, 40, d->model, sizeof(d->model));
}

/* Page 0x80: four bytes of header, the last two of them the length, then the serial number. */
static void read_scsi_serial(const struct tree *t, const char *name, struct inventory_disk *d)
{
	uint8_t page[4 + 252];
	size_t n = tree_bytes(t, page, sizeof(page), "/sys/block/%s/device/vpd_pg80", name);
	size_t len = n > 4 ? (size_t)(page[2] << 8 | page[3]) : 0;

	if (len > 0)
		(void)text_clean((const char *)page + 4, len < n - 4 ? len : n - 4, d->serial,
			sizeof(d->serial));
}

static void read_scsi(const struct tree *t, const char *name, struct inventory_disk *d)
{
	char vendor[64], model[128];

	(void)tree_text(t, vendor, sizeof(vendor), "/sys/block/%s/device/vendor", name);
	(void)tree_text(t, model, sizeof(model), "/sys/block/%s/device/model", name);
	if (strcmp(vendor, "ATA") == 0 || !vendor[0])
		(void)snprintf(d->model, sizeof(d->model), "%s", model);
	else
		(void)snprintf(d->model, sizeof(d->model), "%s %s", vendor, model);
	(void)tree_text(t, d->wwn, sizeof(d->wwn), "/sys/block/%s/device/wwid", name);
	read_scsi_serial(t, name, d);
	read_ata(t, name, d);
}

static void read_identity(const struct tree *t, const char *name, struct inventory_disk *d)
{
	if (strcmp(d->bus, "virtio") == 0) {
		(void)tree_text(t, d->serial, sizeof(d->serial), "/sys/block/%s/serial", name);
	} else if (strcmp(d->bus, "nvme") == 0 || strcmp(d->bus, "mmc") == 0) {
		const char *model = d->bus[0] == 'n' ? "model" : "name";

		(void)tree_text(
			t, d->serial, sizeof(d->serial), "/sys/block/%s/device/serial", name);
		(void)tree_text(
			t, d->model, sizeof(d->model), "/sys/block/%s/device/%s", name, model);
		(void)tree_text(t, d->wwn, sizeof(d->wwn), "/sys/block/%s/wwid", name);
	} else {
		read_scsi(t, name, d);
	}
}

/* The bus by the names of the devices on the way to the disk, the closest to it first. */
static const char *bus_of(const char *name, const char *real)
{
	if (strncmp(name, "nvme", 4) == 0)
		return "nvme";
	if (strncmp(name, "vd", 2) == 0)
		return "virtio";
	if (strncmp(name, "mmcblk", 6) == 0)
		return "mmc";
	if (strstr(real, "/usb"))
		return "usb";
	if (strstr(real, "/ata"))
		return "sata";
	if (strstr(real, "/end_device-"))
		return "sas";
	return strstr(real, "/host") ? "scsi" : "other";
}

/* Where the disk is plugged in, in a form that no order of probing changes. */
static void read_path(
	const struct tree *t, const char *name, const char *real, struct inventory_disk *d)
{
	char pci[32], sas[64] = "";
	const char *target = strstr(real, "/target"), *ata = strstr(real, "/ata");
	unsigned port = 0, channel = 0, id = 0, lun = 0;
	int n;

	if (!tree_pci(real, pci, sizeof(pci))[0])
		return;
	n = snprintf(d->path, sizeof(d->path), "pci-%s", pci);
	if (target)
		target = strchr(target + 1, '/');
	if (target)
		(void)sscanf(target, "/%*u:%u:%u:%u", &channel, &id, &lun);
	if (ata)
		(void)sscanf(ata, "/ata%u/", &port);
	if (ata)
		port = (unsigned)tree_number(t, port, "%.*s/ata_port/ata%u/port_no",
			(int)(ata - real) + 1 + (int)strcspn(ata + 1, "/"), real, port);
	if (strcmp(d->bus, "sas") == 0)
		(void)tree_text(t, sas, sizeof(sas), "/sys/block/%s/device/sas_address", name);
	if (ata)
		(void)snprintf(d->path + n, sizeof(d->path) - n, "-ata-%u.%u", port, id);
	else if (sas[0])
		(void)snprintf(d->path + n, sizeof(d->path) - n, "-sas-%s-lun-%u", sas, lun);
	else if (target)
		(void)snprintf(
			d->path + n, sizeof(d->path) - n, "-scsi-%u:%u:%u", channel, id, lun);
	else if (strcmp(d->bus, "nvme") == 0)
		(void)snprintf(d->path + n, sizeof(d->path) - n, "-nvme-%lld",
			(long long)tree_number(t, 1, "/sys/block/%s/nsid", name));
}

/* Left out: devices without hardware (loop, ram, md, dm), optical and floppy drives, tapes, the
 * boot areas of eMMC, and the single paths of a multipath NVMe namespace. */
static bool is_disk(const struct tree *t, const char *name)
{
	static const char *const others[] = { "sr", "fd", "loop", "nbd", "zram", "ram" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	if (strstr(name, "boot") || strstr(name, "rpmb"))
		return false;
	return tree_has(t, "/sys/block/%s/device", name) &&
	       tree_number(t, 0, "/sys/block/%s/hidden", name) == 0 &&
	       tree_number(t, 0, "/sys/block/%s/size", name) > 0;
}

static void read_disk(const struct tree *t, const char *name, struct inventory_disk *d)
{
	char real[TREE_PATH_MAX], device[TREE_PATH_MAX];

	memset(d, 0, sizeof(*d));
	(void)text_clean(name, strlen(name), d->name, sizeof(d->name));
	(void)tree_real(t, real, "/sys/block/%s/device", name);
	(void)snprintf(d->bus, sizeof(d->bus), "%s", bus_of(name, real));
	read_identity(t, name, d);
	read_path(t, name, real, d);
	d->size_bytes = (uint64_t)tree_number(t, 0, "/sys/block/%s/size", name) * SECTOR;
	d->logical_sector =
		(uint32_t)tree_number(t, 512, "/sys/block/%s/queue/logical_block_size", name);
	d->rotational = tree_number(t, 0, "/sys/block/%s/queue/rotational", name) == 1;
	d->removable = tree_number(t, 0, "/sys/block/%s/removable", name) == 1;
	disk_holds_read(tree_path(t, device, "/dev/%s", name), d);
}

struct list {
	const struct tree *tree;
	struct inventory_disk *disks;
	size_t n, max;
};

static int read_one(const char *name, void *arg)
{
	struct list *l = arg;

	if (l->n < l->max && is_disk(l->tree, name))
		read_disk(l->tree, name, &l->disks[l->n++]);
	return 0;
}

size_t disk_read_all(const struct tree *t, struct inventory_disk *ret, size_t max)
{
	struct list l = { .tree = t, .disks = ret, .max = max };

	(void)tree_list(t, "/sys/block", read_one, &l); /* read_one never fails */
	return l.n;
}

static json_t *disk_json(const struct inventory_disk *d)
{
	json_t *holds = json_array();

	for (size_t i = 0; i < d->n_holds; i++)
		json_array_append_new(holds, json_string(d->holds[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:i, s:s, s:b, s:b, s:o}", "name", d->name,
		"path", d->path, "model", d->model, "serial", d->serial, "wwn", d->wwn,
		"size_bytes", (json_int_t)d->size_bytes, "logical_sector", (int)d->logical_sector,
		"bus", d->bus, "rotational", d->rotational, "removable", d->removable, "holds",
		holds);
}

json_t *disk_json_all(const struct inventory_disk *disks, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, disk_json(&disks[i]));
	return list;
}
