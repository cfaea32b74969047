// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the EFI system partition: a FAT32 file system (Microsoft's fatgen103, "FAT: General
 * Overview of On-Disk Format") that holds one file, /EFI/BOOT/BOOTX64.EFI. Written from scratch as
 * a list of pieces, so neither mkfs.vfat nor a mount is needed to start a machine by UEFI.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Writes n bytes at a byte offset of the file system. */
typedef int (*fat_write)(uint64_t at, const void *p, size_t n, void *arg, struct error *err);

/* size_bytes: of the partition; sector: 512 or 4096; volume_id: its serial number. Parts of the
 * partition that are not written may hold anything. -EINVAL where FAT32 does not fit the size. */
int fat_make_esp(uint64_t size_bytes, uint32_t sector, uint32_t volume_id, const void *loader,
	size_t loader_size, fat_write write, void *write_arg, struct error *err);
