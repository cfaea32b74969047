// SPDX-License-Identifier: Apache-2.0
/* The partition table of a raw disk image, made to fit a disk. */
#include <endian.h>
#include <inttypes.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "images/image_table.h"

#define MIB            (UINT64_C(1) << 20)
#define GPT_MAGIC      "EFI PART"
#define GPT_BACKUP     32 /* offsets in its header: sector of the backup header, */
#define GPT_LAST       48 /* and the last that partitions may use */
#define GPT_ENTRIES    (128 * 128)
#define DOS_END        ((UINT64_C(1) << 32) - 1) /* sectors an MBR can name */
#define BOOT_CODE      440
#define EXTRA_NAME     "cidata"
#define TYPE_LINUX     "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define TYPE_ESP       "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define DOS_LINUX      0x83
#define DOS_ESP        0xef
#define PARTITIONS_MAX 256

/* Kinds that gain nothing from growing. */
static const char *const fixed_types[] = {
	TYPE_ESP,
	"21686148-6449-6E6F-744E-656564454649", /* BIOS boot */
	"0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", /* swap */
	"E3C9E316-0B5C-4DB8-817D-F92DF00215AE", /* Microsoft reserved */
	NULL,
};
static const unsigned fixed_codes[] = { 0x05, 0x0f, 0x85, 0x82, DOS_ESP, 0x00 };

/* A table on its way. */
struct fitting {
	struct fdisk_context *cxt;
	uint64_t disk_bytes;
	uint32_t sector;
	uint64_t end_bytes; /* partitions end here at the latest */
	size_t last;        /* number of the partition that lies last */
	uint64_t last_start, last_end;
	bool is_gpt;
	struct image_table *ret;
};

static uint64_t le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static bool is_gpt_at(const uint8_t *head, uint32_t sector)
{
	return memcmp(head + sector, GPT_MAGIC, strlen(GPT_MAGIC)) == 0;
}

static int fail_small(struct error *err, uint64_t have, uint64_t need)
{
	char have_text[SIZE_TEXT_MAX], need_text[SIZE_TEXT_MAX];

	return fail_code(err, ENOSPC, "SW-3008",
		"a disk of %s is too small, this image wants %s with its configuration; nothing was "
		"written",
		size_format(have, have_text), size_format(need, need_text));
}

static int fail_table(struct error *err, const char *why)
{
	return fail_code(err, ENOTSUP, "SW-3016",
		"the image's partition table %s; nothing was written", why);
}

/* What the head's own bytes tell. */
static int head_read(struct fitting *f, const uint8_t *head, struct error *err)
{
	const uint8_t *gpt = head + f->sector;
	uint64_t most = UINT64_MAX / f->sector - 1;

	f->is_gpt = is_gpt_at(head, f->sector);
	f->ret->data_end = UINT64_MAX;
	for (size_t i = 0; i < BOOT_CODE; i++)
		f->ret->has_boot_code |= head[i] != 0;
	if (!f->is_gpt && is_gpt_at(head, f->sector == 512 ? 4096 : 512))
		return fail_table(err,
			f->sector == 512 ? "is for sectors of 4096 bytes, the disk's have 512"
					 : "is for sectors of 512 bytes, the disk's have 4096");
	if (!f->is_gpt)
		return 0;
	if (le64(gpt + GPT_BACKUP) > most || le64(gpt + GPT_LAST) > most)
		return fail_table(err, "is damaged");
	if ((le64(gpt + GPT_BACKUP) + 1) * f->sector > f->disk_bytes)
		return fail_small(err, f->disk_bytes, (le64(gpt + GPT_BACKUP) + 1) * f->sector);
	f->ret->data_end = (le64(gpt + GPT_LAST) + 1) * f->sector;
	return 0;
}

static bool type_is_esp(struct fitting *f, struct fdisk_parttype *type)
{
	const char *text = fdisk_parttype_get_string(type);

	return f->is_gpt ? text && strcasecmp(text, TYPE_ESP) == 0
			 : fdisk_parttype_get_code(type) == DOS_ESP;
}

static bool type_may_grow(struct fitting *f, struct fdisk_parttype *type)
{
	const char *text = fdisk_parttype_get_string(type);

	for (size_t i = 0; f->is_gpt && fixed_types[i]; i++)
		if (!text || strcasecmp(text, fixed_types[i]) == 0)
			return false;
	for (size_t i = 0; !f->is_gpt && i < sizeof(fixed_codes) / sizeof(fixed_codes[0]); i++)
		if (fdisk_parttype_get_code(type) == fixed_codes[i])
			return false;
	return true;
}

static void partition_see(struct fitting *f, struct fdisk_partition *pa)
{
	uint64_t start = fdisk_partition_get_start(pa) * f->sector;
	uint64_t end = start + fdisk_partition_get_size(pa) * f->sector;
	struct fdisk_parttype *type = fdisk_partition_get_type(pa);

	f->ret->has_esp |= type_is_esp(f, type);
	/* A logical partition lies within an extended one, which then is the last. */
	if (end < f->last_end || fdisk_partition_is_nested(pa))
		return;
	f->last = fdisk_partition_get_partno(pa);
	f->last_start = start;
	f->last_end = end;
	f->ret->grown = type_may_grow(f, type);
}

static int partitions_see(struct fitting *f, struct error *err)
{
	struct fdisk_table *table = NULL;
	struct fdisk_iter *it = fdisk_new_iter(FDISK_ITER_FORWARD);
	struct fdisk_partition *pa;
	int r = it ? fdisk_get_partitions(f->cxt, &table) : -ENOMEM;

	for (int i = 0;
		r == 0 && i < PARTITIONS_MAX && fdisk_table_next_partition(table, it, &pa) == 0;
		i++)
		if (fdisk_partition_is_used(pa) && fdisk_partition_has_start(pa) &&
			fdisk_partition_has_size(pa))
			partition_see(f, pa);
	fdisk_unref_table(table);
	fdisk_free_iter(it);
	if (r < 0)
		return fail(err, -r, "reading the image's partitions");
	return f->last_end == 0 ? fail_table(err, "has no partitions") : 0;
}

/* Where the added partition goes: at the end, so that the last one may grow up to it. */
static int extra_place(struct fitting *f, uint64_t extra_bytes, struct error *err)
{
	uint64_t tail = f->is_gpt ? GPT_ENTRIES + f->sector : 0;
	uint64_t most = f->is_gpt ? UINT64_MAX : DOS_END * f->sector;
	uint64_t end = f->disk_bytes < most ? f->disk_bytes : most;

	end = end < tail ? 0 : (end - tail) / MIB * MIB;
	if (f->last_end > end || end - f->last_end < extra_bytes)
		return fail_small(err, f->disk_bytes, f->last_end + extra_bytes + tail);
	f->end_bytes = end;
	f->ret->extra_start_bytes = end - extra_bytes;
	return 0;
}

static int last_grow(struct fitting *f, struct error *err)
{
	struct fdisk_partition *pa = f->ret->grown ? fdisk_new_partition() : NULL;
	int r;

	if (!f->ret->grown)
		return 0;
	if (!pa)
		return fail_memory(err);
	(void)fdisk_partition_set_size(pa, (f->ret->extra_start_bytes - f->last_start) / f->sector);
	(void)fdisk_partition_size_explicit(pa, 1); /* plain setters of a new object */
	r = fdisk_set_partition(f->cxt, f->last, pa);
	fdisk_unref_partition(pa);
	return r ? fail(err, -r, "growing partition %zu of the image", f->last + 1) : 0;
}

static struct fdisk_parttype *linux_type(const struct fitting *f)
{
	struct fdisk_label *label = fdisk_get_label(f->cxt, NULL);

	return f->is_gpt ? fdisk_label_parse_parttype(label, TYPE_LINUX)
			 : fdisk_label_get_parttype_from_code(label, DOS_LINUX);
}

static int extra_add(struct fitting *f, struct error *err)
{
	struct fdisk_partition *pa = fdisk_new_partition();
	struct fdisk_parttype *type = linux_type(f);
	uint64_t size = f->end_bytes - f->ret->extra_start_bytes;
	int r = pa && type ? 0 : -ENOMEM;

	if (r == 0) {
		(void)fdisk_partition_set_start(pa, f->ret->extra_start_bytes / f->sector);
		(void)fdisk_partition_set_size(pa, size / f->sector); /* plain setters */
		(void)fdisk_partition_size_explicit(pa, 1);
		(void)fdisk_partition_partno_follow_default(pa, 1);
		(void)fdisk_partition_set_type(pa, type);
		if (f->is_gpt)
			r = fdisk_partition_set_name(pa, EXTRA_NAME);
	}
	if (r == 0)
		r = fdisk_add_partition(f->cxt, pa, NULL);
	fdisk_unref_partition(pa);
	fdisk_unref_parttype(type);
	return r ? fail_table(err, "has no room for one more partition") : 0;
}

static int label_fit(struct fitting *f, uint64_t extra_bytes, struct error *err)
{
	int r;

	if (!fdisk_has_label(f->cxt))
		return fail_table(err, f->is_gpt ? "is damaged" : "is not there");
	if (f->is_gpt != (fdisk_is_label(f->cxt, GPT) != 0) ||
		(!f->is_gpt && !fdisk_is_label(f->cxt, DOS)))
		return fail_table(err, "is neither GPT nor MBR");
	if ((r = partitions_see(f, err)) < 0 || (r = extra_place(f, extra_bytes, err)) < 0 ||
		(r = last_grow(f, err)) < 0 || (r = extra_add(f, err)) < 0)
		return r;
	r = fdisk_write_disklabel(f->cxt);
	return r ? fail(err, -r, "writing the partition table") : 0;
}

/* libfdisk takes a sparse memory file of the disk's size for the disk. */
static int table_fit(struct fitting *f, int fd, uint64_t extra_bytes, struct error *err)
{
	int r;

	f->cxt = fdisk_new_context();
	if (!f->cxt)
		return fail_memory(err);
	(void)fdisk_disable_dialogs(f->cxt, 1); /* neither can fail */
	(void)fdisk_save_user_sector_size(f->cxt, f->sector, f->sector);
	if ((r = fdisk_assign_device_by_fd(f->cxt, fd, "partition-table", 0)) < 0)
		r = fail(err, -r, "giving a memory file to libfdisk");
	else
		r = label_fit(f, extra_bytes, err);
	fdisk_unref_context(f->cxt);
	return r;
}

static int piece_read(int fd, uint64_t at, size_t n, uint8_t **ret, struct error *err)
{
	auto_free uint8_t *p = malloc(n ? n : 1);

	if (!p)
		return fail_memory(err);
	if (pread(fd, p, n, (off_t)at) != (ssize_t)n)
		return fail(err, EIO, "reading a partition table back");
	*ret = take_ptr(&p);
	return 0;
}

int image_table_fit(const uint8_t *head, uint64_t disk_bytes, uint32_t sector, uint64_t extra_bytes,
	struct image_table *ret, struct error *err)
{
	auto_image_table t = { 0 };
	struct fitting f = { .disk_bytes = disk_bytes, .sector = sector, .ret = &t };
	auto_close int fd = memfd_create("partition-table", MFD_CLOEXEC);
	int r = head_read(&f, head, err);

	if (r < 0)
		return r;
	if (disk_bytes < 2 * IMAGE_HEAD)
		return fail_small(err, disk_bytes, 2 * IMAGE_HEAD + extra_bytes);
	if (fd < 0 || ftruncate(fd, (off_t)disk_bytes) < 0 ||
		pwrite(fd, head, IMAGE_HEAD, 0) != (ssize_t)IMAGE_HEAD)
		return fail(err, errno, "making a memory file of the disk's size");
	t.table.head_size = IMAGE_HEAD;
	t.table.tail_size = f.is_gpt ? sector + GPT_ENTRIES : 0;
	if ((r = table_fit(&f, fd, extra_bytes, err)) < 0 ||
		(r = piece_read(fd, 0, IMAGE_HEAD, &t.table.head, err)) < 0 ||
		(r = piece_read(fd, disk_bytes - t.table.tail_size, t.table.tail_size,
			 &t.table.tail, err)) < 0)
		return r;
	*ret = t;
	t = (struct image_table){ 0 };
	return 0;
}

void image_table_done(struct image_table *t)
{
	disk_table_done(&t->table);
}
