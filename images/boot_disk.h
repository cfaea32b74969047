// SPDX-License-Identifier: Apache-2.0
/*
 * What firmware starts from on an installed disk: GRUB images that were made with the agent's image
 * (images/agent-image.mk), put where BIOS and UEFI look. Their prefix is (,gpt3)/boot/grub: GRUB
 * fills in the drive it was loaded from, so nothing is searched for and another disk's GRUB is
 * never taken. Nothing of the installed image is run.
 *
 *	BIOS  sector 0 (written by disk_commit) -> core.img in the BIOS boot partition
 *	UEFI  EFI/BOOT/BOOTX64.EFI in the ESP
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "images/disk.h"

/* Fills both boot partitions from grub_dir (boot.img, core.img, bootx64.efi) and makes the boot
 * code that disk_commit() is to write. *ret_has_code is false on a disk of 4096-byte sectors, which
 * BIOS cannot start from. */
int boot_disk_write(const struct disk *d, const char *grub_dir,
	uint8_t ret_code[static DISK_BOOT_BYTES], bool *ret_has_code, struct error *err);

/* Points boot.img (512 bytes) at the sector core.img starts in. Pure. */
int boot_code_patch(uint8_t *boot, size_t size, uint64_t core_sector, struct error *err);

/* Points core.img's first sector at the rest of it, which follows. Pure. */
int boot_core_patch(uint8_t *core, size_t size, uint64_t core_sector, struct error *err);
