// SPDX-License-Identifier: Apache-2.0
/* What firmware starts from on an installed disk. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/ed25519.h"
#include "base/file.h"
#include "images/boot_disk.h"
#include "images/fat.h"

#define SECTOR    512
#define IMAGE_MAX (8u << 20)

/* Offsets in boot.img (grub/i386/pc/boot.h). */
#define BOOT_CORE_SECTOR 0x5c /* 64 bits: first sector of core.img */
#define BOOT_DRIVE       0x64 /* 0xff: the one the BIOS says */
#define BOOT_DRIVE_CHECK 0x66 /* a jump over the correction of a wrong drive number */
#define BOOT_SIGNATURE   0x1fe

/* The list at the end of core.img's first sector: start 64 bits, length 16, segment 16. */
#define CORE_LIST_START   (SECTOR - 12)
#define CORE_LIST_LENGTH  (SECTOR - 4)
#define CORE_LIST_SEGMENT (SECTOR - 2)
#define CORE_SEGMENT      0x820

static void put_le64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

static uint16_t get_le16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

int boot_code_patch(uint8_t *boot, size_t size, uint64_t core_sector, struct error *err)
{
	if (size != SECTOR || get_le16(boot + BOOT_SIGNATURE) != 0xaa55 || boot[0] != 0xeb)
		return fail(err, EINVAL, "GRUB's boot.img");
	put_le64(boot + BOOT_CORE_SECTOR, core_sector);
	boot[BOOT_DRIVE] = 0xff;
	/* Some BIOSes pass 0 or 1 for the first disk; without this jump GRUB corrects it. */
	memset(boot + BOOT_DRIVE_CHECK, 0x90, 2);
	return 0;
}

int boot_core_patch(uint8_t *core, size_t size, uint64_t core_sector, struct error *err)
{
	size_t rest = (size + SECTOR - 1) / SECTOR - 1;

	if (size <= SECTOR || get_le16(core + CORE_LIST_SEGMENT) != CORE_SEGMENT ||
		rest > UINT16_MAX)
		return fail(err, EINVAL, "GRUB's core.img");
	put_le64(core + CORE_LIST_START, core_sector + 1);
	core[CORE_LIST_LENGTH] = (uint8_t)rest;
	core[CORE_LIST_LENGTH + 1] = (uint8_t)(rest >> 8);
	return 0;
}

static int image_read(const char *dir, const char *name, struct buf *ret, struct error *err)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_read(path, IMAGE_MAX, ret, err);
}

static int bios_write(const struct disk *d, const char *grub_dir,
	uint8_t ret_code[static DISK_BOOT_BYTES], struct error *err)
{
	auto_buf boot = { .max = IMAGE_MAX };
	auto_buf core = { .max = IMAGE_MAX };
	uint64_t at = d->layout.part[DISK_BIOS_BOOT].start_bytes / SECTOR;
	int r;

	if ((r = image_read(grub_dir, "boot.img", &boot, err)) < 0 ||
		(r = image_read(grub_dir, "core.img", &core, err)) < 0 ||
		(r = boot_code_patch((uint8_t *)boot.data, boot.len, at, err)) < 0 ||
		(r = boot_core_patch((uint8_t *)core.data, core.len, at, err)) < 0 ||
		(r = disk_partition_write(d, DISK_BIOS_BOOT, 0, core.data, core.len, err)) < 0)
		return r;
	memcpy(ret_code, boot.data, DISK_BOOT_BYTES);
	return 0;
}

static int esp_write(uint64_t at, const void *p, size_t n, void *arg, struct error *err)
{
	return disk_partition_write(arg, DISK_ESP, at, p, n, err);
}

static int uefi_write(const struct disk *d, const char *grub_dir, struct error *err)
{
	auto_buf loader = { .max = IMAGE_MAX };
	uint32_t volume_id;
	int r;

	if ((r = image_read(grub_dir, "bootx64.efi", &loader, err)) < 0 ||
		(r = random_bytes(&volume_id, sizeof(volume_id), err)) < 0)
		return r;
	return fat_make_esp(d->layout.part[DISK_ESP].size_bytes, d->layout.sector, volume_id,
		loader.data, loader.len, esp_write, (void *)d, err);
}

int boot_disk_write(const struct disk *d, const char *grub_dir,
	uint8_t ret_code[static DISK_BOOT_BYTES], bool *ret_has_code, struct error *err)
{
	int r;

	*ret_has_code = d->layout.sector == SECTOR;
	if ((*ret_has_code && (r = bios_write(d, grub_dir, ret_code, err)) < 0) ||
		(r = uefi_write(d, grub_dir, err)) < 0)
		return fail_in(err, "writing the boot loader to '%s'", d->path);
	return 0;
}
