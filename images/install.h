// SPDX-License-Identifier: Apache-2.0
/*
 * One machine's installation, from a chosen disk to a bootable one. The agent calls, in this order:
 *
 *	install_begin()       old signatures go, partitions, file system, mount
 *	install_unpack()      the image's layers, each hashed against its digest
 *	install_write_file()  as often as needed, any time after install_unpack()
 *	install_commit()      kernel loaded for kexec, boot loader, unmount, sync; what makes the
 *	                      disk bootable is written last
 *	install_free()        unmounts what is still mounted; the disk stays unbootable unless
 *	                      install_commit() returned 0
 *
 * All calls block. Nothing from the image is ever run. Needs root.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/error.h"
#include "images/disk_layout.h"
#include "images/kernel.h"
#include "images/rootfs.h"
#include "images/target.h"

#define INSTALL_CMDLINE_MAX 2048

struct install_progress {
	const char *step; /* "prepare disk", "layer 2/3", "boot loader" ... ; static or borrowed */
	uint64_t done_bytes; /* of all layers, as stored (compressed) */
	uint64_t total_bytes;
};

struct install_plan {
	const char *disk;                  /* "/dev/sda" */
	const struct disk_volume *volumes; /* the first is "/"; NULL: one ext4 over the disk */
	size_t n_volumes;
	const char *work_dir; /* mount point, made where missing; NULL: /run/slipway/target */
	const char
		*grub_dir; /* holds boot.img, core.img, bootx64.efi; NULL: /usr/lib/slipway/grub */
	const struct rootfs_layer *layers; /* lowest first */
	size_t n_layers;
	struct rootfs_source source;
	const char *const *kernel_args; /* NULL-terminated; NULL: none */
	const char *hostname;           /* written to /etc/hostname; NULL: the image's */
	bool bios;  /* the machine starts by BIOS: refuses disks BIOS cannot start from */
	bool keep;  /* do not discard what the disk holds and nothing writes over */
	bool kexec; /* load the installed kernel for kexec while the root is still mounted */
	/* Called at each step and at most every 256 KiB of input; non-zero stops with -ECANCELED.
	 * NULL: none */
	int (*progress)(const struct install_progress *p, void *arg);
	void *progress_arg;
};

struct install_result {
	char disk[320];
	char disk_uuid[37]; /* GPT disk GUID */
	char root_uuid[37]; /* of the root file system */
	char root_partuuid[37];
	struct kernel kernel; /* paths below the new root */
	char cmdline[INSTALL_CMDLINE_MAX];
	bool kexec_loaded;        /* kexec_run() may be called */
	struct error kexec_error; /* why not, where kexec was asked for and could not be loaded */
};

struct install;

/* The plan is borrowed and must outlive *ret. Errors: SW-3007 disk in use, SW-3008 disk too small,
 * SW-3009 BIOS cannot start from 4096-byte sectors. */
int install_begin(const struct install_plan *plan, struct install **ret, struct error *err);

/* Errors: SW-3010 layer's bytes are not what its digest says, SW-3011 layer damaged or hostile,
 * SW-3012 the image has no kernel, -ENOSPC (SW-3013) the disk is full, SW-3015 the image lacks what
 * the volumes need. */
int install_unpack(struct install *in, struct error *err);

/* Puts one file in place below the new root (see target_write). */
int install_write_file(struct install *in, const struct target_file *file, struct error *err);

/* Once. Errors: SW-3014 a kernel argument that cannot be passed on. */
int install_commit(struct install *in, struct install_result *ret, struct error *err);

void install_free(struct install *in);
static inline void cleanup_install(struct install **in)
{
	install_free(*in);
}
#define auto_install __attribute__((cleanup(cleanup_install))) struct install
