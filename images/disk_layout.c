// SPDX-License-Identifier: Apache-2.0
/* Where things lie on an installed disk, and the GPT that says so. */
#include <inttypes.h>
#include <libfdisk/libfdisk.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/ed25519.h"
#include "images/disk_layout.h"

#define MIB            (UINT64_C(1) << 20)
#define ALIGNMENT      MIB
#define ENTRIES        (128 * 128) /* bytes of the entry array: 128 entries */
#define ROOT_MINIMUM   (UINT64_C(1024) * MIB)
#define VOLUME_MINIMUM (UINT64_C(512) * MIB)

#define TYPE_BIOS  "21686148-6449-6E6F-744E-656564454649"
#define TYPE_ESP   "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define TYPE_ROOT  "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709" /* x86-64 */
#define TYPE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"

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

static struct disk_extent extent_of(const char *type, const char *name, uint64_t size_bytes)
{
	struct disk_extent e = { .type = type, .size_bytes = size_bytes };

	(void)snprintf(e.name, sizeof(e.name), "slipway-%.*s", (int)sizeof(e.name) - 9, name);
	for (char *p = e.name; *p; p++)
		if (*p == '/')
			*p = '-';
	return e;
}

/* A volume's partition at the least size it may have. */
static struct disk_extent volume_extent(const struct disk_volume *v)
{
	bool is_root = strcmp(v->mount, "/") == 0;
	uint64_t least = is_root ? ROOT_MINIMUM : VOLUME_MINIMUM;
	uint64_t size = v->size_bytes > least ? v->size_bytes : least;

	return extent_of(is_root ? TYPE_ROOT : TYPE_LINUX, is_root ? "root" : v->mount + 1,
		(size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static void extents_fill(struct disk_layout *l, const struct disk_request *want)
{
	l->part[DISK_BIOS_BOOT] = extent_of(TYPE_BIOS, "bios", MIB);
	l->part[DISK_ESP] = extent_of(TYPE_ESP, "esp", 300 * MIB);
	for (size_t i = 0; i < want->n_volumes; i++)
		l->part[DISK_ROOT + i] = volume_extent(&want->volumes[i]);
	l->n_parts = DISK_ROOT + want->n_volumes;
}

/* Where the last partition ends: the backup table needs room behind it. */
static uint64_t space_end(const struct disk_layout *l, uint64_t usable_bytes)
{
	uint64_t end = l->size_bytes / ALIGNMENT * ALIGNMENT;

	if (l->size_bytes - end < ENTRIES + l->sector)
		end -= ALIGNMENT;
	usable_bytes = usable_bytes / ALIGNMENT * ALIGNMENT;
	return usable_bytes > 0 && usable_bytes < end ? usable_bytes : end;
}

/* Sizes come from outside: a sum that would pass the disk's size is not made. */
static int space_check(const struct disk_layout *l, uint64_t usable_bytes, struct error *err)
{
	uint64_t least = 2 * ALIGNMENT;
	uint64_t have = usable_bytes && usable_bytes < l->size_bytes ? usable_bytes : l->size_bytes;
	char have_text[SIZE_TEXT_MAX], need_text[SIZE_TEXT_MAX];

	for (size_t i = 0; i < l->n_parts; i++)
		least = l->part[i].size_bytes > UINT64_MAX / 2 - least
				? UINT64_MAX / 2
				: least + l->part[i].size_bytes;
	if (have >= least)
		return 0;
	fail_code(err, ENOSPC, "SW-3008", "a disk of %s is too small, %s is the least",
		size_format(have, have_text), size_format(least, need_text));
	return fail_hint(err, "make the profile's layout smaller, or give it a larger disk");
}

int disk_layout_plan(uint64_t size_bytes, uint32_t sector, const struct disk_request *want,
	struct disk_layout *ret, struct error *err)
{
	struct disk_layout l = { .size_bytes = size_bytes, .sector = sector };
	struct disk_extent *last;
	uint64_t at = ALIGNMENT;
	int r;

	if (sector != 512 && sector != 4096)
		return fail_code(err, EINVAL, "SW-3008", "sectors of %" PRIu32 " bytes", sector);
	extents_fill(&l, want);
	if ((r = space_check(&l, want->usable_bytes, err)) < 0 ||
		(r = uuid_generate_text(l.uuid, err)) < 0)
		return r;
	for (size_t i = 0; i < l.n_parts; i++) {
		l.part[i].start_bytes = at;
		at += l.part[i].size_bytes;
		if ((r = uuid_generate_text(l.part[i].uuid, err)) < 0)
			return r;
	}
	last = &l.part[l.n_parts - 1];
	last->size_bytes = space_end(&l, want->usable_bytes) - last->start_bytes;
	*ret = l;
	return 0;
}

static int partition_add(
	struct fdisk_context *cxt, const struct disk_layout *l, size_t i, struct error *err)
{
	struct fdisk_parttype *type =
		fdisk_label_parse_parttype(fdisk_get_label(cxt, "gpt"), l->part[i].type);
	struct fdisk_partition *pa = fdisk_new_partition();
	int r = !pa || !type ? -ENOMEM : 0;

	if (r == 0) {
		(void)fdisk_partition_set_partno(pa, i); /* plain setters of a new object */
		(void)fdisk_partition_set_start(pa, l->part[i].start_bytes / l->sector);
		(void)fdisk_partition_set_size(pa, l->part[i].size_bytes / l->sector);
		r = fdisk_partition_set_type(pa, type);
	}
	if (r == 0)
		r = fdisk_partition_set_name(pa, l->part[i].name);
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
	for (size_t i = 0; i < l->n_parts; i++)
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
