// SPDX-License-Identifier: Apache-2.0
/*
 * Which disk a plan may write: pure, a list of disks and a rule in, an index or a sentence out.
 *
 * The agent fills struct disk_info from sysfs and libblkid; the daemon reads rules to check
 * profiles. A disk that holds anything is refused unless the rule names that very disk, either in
 * `overwrite` or as the disk our own unfinished write was on (`resume`).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DISK_TEXT_MAX      256
#define DISK_HOLDS_MAX     16
#define DISK_RULE_BUS_MAX  8
#define DISK_RULE_NAME_MAX 32

struct disk_info {
	char name[64];             /* kernel's name: "sda", "nvme0n1" */
	char path[DISK_TEXT_MAX];  /* stable path or bus position: "pci-0000:00:04.0"; "" unknown */
	char model[DISK_TEXT_MAX]; /* "" unknown */
	char serial[DISK_TEXT_MAX]; /* "" unknown */
	char wwn[DISK_TEXT_MAX];    /* "" unknown */
	char bus[16];               /* nvme sata sas scsi virtio usb mmc other */
	uint64_t size_bytes;
	uint32_t logical_sector; /* 512 or 4096 */
	bool rotational;
	bool removable;
	char holds[DISK_HOLDS_MAX][32]; /* what libblkid found: "gpt", "ext4", "lvm2_member" */
	size_t n_holds;                 /* 0: blank */
};

enum disk_select { DISK_SELECT_FIRST, DISK_SELECT_SMALLEST, DISK_SELECT_LARGEST };

/* All strings are borrowed; NULL or "" matches anything. */
struct disk_rule {
	uint64_t min_bytes;
	const char *bus[DISK_RULE_BUS_MAX]; /* any of these; none: any bus */
	size_t n_bus;
	const char *model;  /* glob (fnmatch), case kept */
	const char *serial; /* glob */
	const char *wwn;    /* glob */
	enum disk_select select;
	bool allow_removable;                      /* USB and removable disks as well */
	const char *overwrite[DISK_RULE_NAME_MAX]; /* identities of disks whose data may go */
	size_t n_overwrite;
	const char *resume; /* identity of the disk of our own unfinished write; NULL or "": none */
};

/* Reads the "disk" object of a plan (min_bytes, bus, model, serial, wwn, select, allow_removable,
 * overwrite, resume). Strings are borrowed from obj. */
int disk_rule_read(const json_t *obj, struct disk_rule *ret, struct error *err);

/* What names this disk in `overwrite`, `resume` and reports: its WWN, else its serial, else its
 * path, else its kernel name. Borrowed from d. */
const char *disk_info_identity(const struct disk_info *d);

/* True where `name` is the WWN, serial, path or kernel name of d; "" never is. */
bool disk_info_is(const struct disk_info *d, const char *name);

/* The disk to write: its index in disks. Errors: SW-3005 no disk fits, SW-3006 those that fit hold
 * data; both sentences list what was seen. -ENODEV in either case. */
int disk_rule_choose(const struct disk_rule *rule, const struct disk_info *disks, size_t n_disks,
	size_t *ret_index, struct error *err);
