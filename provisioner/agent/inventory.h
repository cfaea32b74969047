// SPDX-License-Identifier: Apache-2.0
/*
 * What this machine is made of, read from /sys and /proc each time anew. One file a noun:
 * inventory_dmi.c, _cpu.c, _nic.c, _disk.c; what disks hold is told by disk_holds.c. Its JSON is
 * the shape that provisioner/model/inventory.h checks.
 *
 * All of it is evidence as the hardware tells it, cleaned (text.h) but not believed: what is
 * missing is "" or 0.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "provisioner/agent/inventory_disk.h"
#include "provisioner/agent/text.h"
#include "provisioner/agent/tree.h"
#include "provisioner/model/inventory.h"
#include "provisioner/model/mac.h"

struct dmi {
	char vendor[TEXT_MAX];
	char product[TEXT_MAX];
	char serial[TEXT_MAX];
	char uuid[TEXT_MAX];
	char board_serial[TEXT_MAX];
	char chassis_serial[TEXT_MAX];
	char bios_version[TEXT_MAX];
};

struct cpu {
	char model[TEXT_MAX];
	unsigned sockets;
	unsigned cores;   /* of all sockets */
	unsigned threads; /* of all cores */
};

struct nic {
	char name[64];
	char mac[MAC_TEXT_MAX];
	char permanent_mac[MAC_TEXT_MAX]; /* burnt in; "" unknown */
	char driver[64];
	char bus[64];       /* "pci-0000:00:03.0"; "" unknown */
	int64_t speed_mbps; /* 0 unknown, as without a link */
	bool link;
};

struct inventory {
	struct dmi dmi;
	struct cpu cpu;
	uint64_t memory_bytes;
	struct nic nics[INVENTORY_NICS_MAX];
	size_t n_nics;
	struct inventory_disk disks[INVENTORY_DISKS_MAX];
	size_t n_disks;
	char tpm[8];      /* "2.0", "1.2"; "" none */
	char firmware[8]; /* "uefi" or "bios" */
	char arch[32];    /* as Debian and OCI say it: "amd64" */
	char kernel[TEXT_MAX];
	int64_t uptime_ms;
};

/* Reads everything. Disks are probed for what they hold, which reads a few megabytes of each. The
 * caller frees *ret. */
int inventory_read(const struct tree *t, struct inventory **ret, struct error *err);

/* The compact JSON text that is signed and sent; the caller frees it. boot_mac may be "". */
int inventory_format(
	const struct inventory *in, const char *boot_mac, char **ret, struct error *err);

/* The parts, apart from disks (inventory_disk.h). */
void dmi_read(const struct tree *t, struct dmi *ret);
void cpu_read(const struct tree *t, struct cpu *ret);
size_t nic_read_all(const struct tree *t, struct nic *ret, size_t max);
