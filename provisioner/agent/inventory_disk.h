// SPDX-License-Identifier: Apache-2.0
/* One disk, as the inventory tells of it and the disk rule (provisioner/model/disk_rule.h) sees it.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioner/agent/text.h"
#include "provisioner/agent/tree.h"

#define DISK_HOLDS_MAX 32

struct inventory_disk {
	char name[64];        /* the kernel's: "sda", "nvme0n1" */
	char path[TEXT_MAX];  /* where it is plugged in: "pci-0000:00:04.0-nvme-1"; "" unknown */
	char model[TEXT_MAX]; /* "" unknown, as are the next two */
	char serial[TEXT_MAX];
	char wwn[TEXT_MAX];
	char bus[16]; /* nvme sata sas scsi virtio usb mmc other */
	uint64_t size_bytes;
	uint32_t logical_sector; /* 512 or 4096 */
	bool rotational;
	bool removable;
	char holds[DISK_HOLDS_MAX][32]; /* "gpt", "ext4", "lvm2_member" ... (disk_holds.h) */
	size_t n_holds;                 /* 0: blank */
};

/* Reads all disks, at most max, and what they hold; returns how many. */
size_t disk_read_all(const struct tree *t, struct inventory_disk *ret, size_t max);

/* The inventory's "disks"; the caller owns it. */
json_t *disk_json_all(const struct inventory_disk *disks, size_t n);
