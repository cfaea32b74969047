// SPDX-License-Identifier: Apache-2.0
/* Where things lie on an installed disk, and the GPT that says so. */
#include <inttypes.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ed25519.h"
#include "images/disk_layout.h"

#define MIB          (UINT64_C(1) << 20)
#define ALIGNMENT    MIB
#define ENTRIES      (128 * 128) /* bytes of the entry array: 128 entries */
#define ROOT_MINIMUM (UINT64_C(1024) * MIB)

struct partition_kind {
	const char *type;
	const char *name;
	uint64_t size_bytes; /* 0: the rest */
};

static const struct partition_kind partition_kinds[DISK_PARTITIONS] = {
	[DISK_BIOS_BOOT] = { "21686148-6449-6E6F-744E-656564454649", "slipway-bios", MIB },
	[DISK_ESP] = { "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "slipway-esp", 300 * MIB },
	[DISK_ROOT] = { "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "slipway-root", 0 },
};

int uuid_generate_text(char out[static UUID_TEXT_MAX], struct error *err)
{
	uint8_t b[16];
	int r = random_bytes(b, sizeof(b), err);

	if (r < 0)
		return r;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	(void)snprintf(out, UUID_TEXT_MAX,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
	return 0;
}

int disk_layout_plan(
	uint64_t size_bytes, uint32_t sector, struct disk_layout *ret, struct error *err)
{
	struct disk_layout l = { .size_bytes = size_bytes, .sector = sector };
	uint64_t at = ALIGNMENT, end = size_bytes / ALIGNMENT * ALIGNMENT;
	char have[SIZE_TEXT_MAX], need[SIZE_TEXT_MAX];
	uint64_t least = ALIGNMENT + ROOT_MINIMUM + ALIGNMENT;
	int r;

	for (size_t i = 0; i < DISK_PARTITIONS; i++)
		least += partition_kinds[i].size_bytes;
	if (sector != 512 && sector != 4096)
		return fail_code(err, EINVAL, "SW-3008", "sectors of %" PRIu32 " bytes", sector);
	if (size_bytes < least)
		return fail_code(err, ENOSPC, "SW-3008",
			"a disk of %s is too small, %s is the least", size_format(size_bytes, have),
			size_format(least, need));
	/* The backup table needs room behind the last partition. */
	if (size_bytes - end < ENTRIES + sector)
		end -= ALIGNMENT;
	if ((r = uuid_generate_text(l.uuid, err)) < 0)
		return r;
	for (size_t i = 0; i < DISK_PARTITIONS; i++) {
		uint64_t size = partition_kinds[i].size_bytes;

		l.part[i].start_bytes = at;
		l.part[i].size_bytes = size ? size : end - at;
		at += l.part[i].size_bytes;
		if ((r = uuid_generate_text(l.part[i].uuid, err)) < 0)
			return r;
	}
	*ret = l;
	return 0;
}

static int partition_add(
	struct fdisk_context *cxt, const struct disk_layout *l, size_t i, struct error *err)
{
	struct fdisk_parttype *type =
		fdisk_label_parse_parttype(fdisk_get_label(cxt, "gpt"), partition_kinds[i].type);
	struct fdisk_partition *pa = fdisk_new_partition();
	int r = !pa || !type ? -ENOMEM : 0;

	if (r == 0) {
		(void)fdisk_partition_set_partno(pa, i); /* plain setters of a new object */
		(void)fdisk_partition_set_start(pa, l->part[i].start_bytes / l->sector);
		(void)fdisk_partition_set_size(pa, l->part[i].size_bytes / l->sector);
		r = fdisk_partition_set_type(pa, type);
	}
	if (r == 0)
		r = fdisk_partition_set_name(pa, partition_kinds[i].name);
	if (r == 0)
		r = fdisk_partition_set_uuid(pa, l->part[i].uuid);
	if (r == 0)
		r = fdisk_add_partition(cxt, pa, NULL);
	fdisk_unref_partition(pa);
	fdisk_unref_parttype(type);
	return r ? fail(err, -r, "adding partition %zu to the table", i + 1) : 0;
}

static int label_write(struct fdisk_context *cxt, const struct disk_layout *l, struct error *err)
{
	int r;

	(void)fdisk_disable_dialogs(cxt, 1); /* cannot fail */
	if ((r = fdisk_create_disklabel(cxt, "gpt")) < 0)
		return fail(err, -r, "making a partition table");
	if ((r = fdisk_set_disklabel_id_from_string(cxt, l->uuid)) < 0)
		return fail(err, -r, "naming the partition table");
	for (size_t i = 0; i < DISK_PARTITIONS; i++)
		if ((r = partition_add(cxt, l, i, err)) < 0)
			return r;
	if ((r = fdisk_write_disklabel(cxt)) < 0)
		return fail(err, -r, "writing the partition table");
	return 0;
}

/* libfdisk takes a sparse memory file of the disk's size for the disk. */
static int table_write(int fd, const struct disk_layout *l, struct error *err)
{
	struct fdisk_context *cxt = fdisk_new_context();
	int r;

	if (!cxt)
		return fail_memory(err);
	(void)fdisk_save_user_sector_size(cxt, l->sector, l->sector); /* cannot fail */
	if ((r = fdisk_assign_device_by_fd(cxt, fd, "partition-table", 0)) < 0)
		r = fail(err, -r, "giving a memory file to libfdisk");
	else
		r = label_write(cxt, l, err);
	fdisk_unref_context(cxt);
	return r;
}

static int piece_read(int fd, uint64_t at, size_t n, uint8_t **ret, struct error *err)
{
	auto_free uint8_t *p = malloc(n);

	if (!p)
		return fail_memory(err);
	if (pread(fd, p, n, (off_t)at) != (ssize_t)n)
		return fail(err, EIO, "reading a partition table back");
	*ret = take_ptr(&p);
	return 0;
}

int disk_table_make(const struct disk_layout *layout, struct disk_table *ret, struct error *err)
{
	auto_disk_table t = { 0 };
	auto_close int fd = memfd_create("partition-table", MFD_CLOEXEC);
	int r;

	if (fd < 0 || ftruncate(fd, (off_t)layout->size_bytes) < 0)
		return fail(err, errno, "making a memory file of the disk's size");
	t.head_size = 2 * layout->sector + ENTRIES;
	t.tail_size = layout->sector + ENTRIES;
	if ((r = table_write(fd, layout, err)) < 0 ||
		(r = piece_read(fd, 0, t.head_size, &t.head, err)) < 0 ||
		(r = piece_read(fd, layout->size_bytes - t.tail_size, t.tail_size, &t.tail, err)) <
			0)
		return r;
	*ret = t;
	t = (struct disk_table){ 0 };
	return 0;
}

void disk_table_done(struct disk_table *t)
{
	free(t->head);
	free(t->tail);
	*t = (struct disk_table){ 0 };
}
