// SPDX-License-Identifier: Apache-2.0
/* A raw disk image onto a machine's disk. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "images/disk.h"
#include "images/disk_blocks.h"
#include "images/disk_image.h"
#include "images/image_table.h"

_Static_assert(IMAGE_HEAD == BLOB_PIECE, "the first piece is the head that is held back");

struct disk_image {
	const struct disk_image_plan *plan;
	struct disk disk;
	struct disk_blocks blocks;
	struct image_table table; /* of the image, from its first piece on */
	bool has_table;
	uint64_t raw_bytes; /* that came so far */
};

static int step_tell(
	const struct disk_image *d, const char *step, uint64_t done_bytes, struct error *err)
{
	const struct disk_image_plan *p = d->plan;

	if (p->progress && p->progress(step, done_bytes, p->blob->size_bytes, p->progress_arg) != 0)
		return fail(err, ECANCELED, "installing, at step '%s'", step);
	return 0;
}

/* What the image says of itself is refused at once; its table has the last word. */
static int size_check(const struct disk_image *d, struct error *err)
{
	uint64_t need = d->plan->image_bytes;
	uint64_t have = d->disk.layout.size_bytes;
	char have_text[SIZE_TEXT_MAX], need_text[SIZE_TEXT_MAX];

	if (need <= have)
		return 0;
	return fail_code(err, ENOSPC, "SW-3008",
		"a disk of %s is too small, this image wants %s; nothing was written",
		size_format(have, have_text), size_format(need, need_text));
}

int disk_image_begin(const struct disk_image_plan *plan, struct disk_image **ret, struct error *err)
{
	auto_disk_image *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return fail_memory(err);
	d->plan = plan;
	d->disk.fd = -1;
	d->blocks.fd = -1;
	if ((r = disk_open(&d->disk, plan->disk, err)) < 0 || (r = size_check(d, err)) < 0)
		return fail_in(err, "preparing '%s'", plan->disk);
	*ret = take_ptr(&d);
	return 0;
}

static int firmware_check(const struct disk_image *d, struct error *err)
{
	const char *lacks = d->plan->uefi && !d->table.has_esp
				    ? "no EFI system partition, and this machine starts by UEFI"
			    : d->plan->bios && !d->table.has_boot_code
				    ? "no boot code for BIOS, which this machine starts by"
				    : NULL;

	if (!lacks)
		return 0;
	(void)fail_code(err, ENOTSUP, "SW-3017", "the image has %s; nothing was written", lacks);
	return fail_hint(err, "switch the machine's firmware, or take an image that has both");
}

/* The first piece decides whether this image can be put on this disk; then the disk is emptied. */
static int head_take(struct disk_image *d, uint8_t *p, size_t n, struct error *err)
{
	const struct disk_layout *l = &d->disk.layout;
	uint64_t size;
	int r;

	memset(p + n, 0, IMAGE_HEAD - n);
	r = image_table_fit(p, l->size_bytes, l->sector, DISK_IMAGE_SEED_BYTES, &d->table, err);
	if (r < 0)
		return r;
	d->has_table = true;
	size = d->table.extra_start_bytes;
	if ((r = firmware_check(d, err)) < 0 || (r = disk_wipe(&d->disk, false, err)) < 0 ||
		(r = disk_blocks_open(&d->blocks, d->disk.path, l->sector, err)) < 0)
		return r;
	return disk_blocks_zero(&d->blocks, size, err);
}

static int piece_take(uint64_t at, uint8_t *p, size_t n, void *arg, struct error *err)
{
	struct disk_image *d = arg;
	uint64_t end;

	d->raw_bytes = at + n;
	if (at == 0)
		return head_take(d, p, n, err);
	end = d->table.data_end < d->disk.layout.size_bytes ? d->table.data_end
							    : d->disk.layout.size_bytes;
	if (at >= end && d->table.data_end == UINT64_MAX)
		return fail_code(err, EFBIG, "SW-3018",
			"the image goes on behind the end of the disk, at byte %" PRIu64, at);
	/* A backup table that lay there would start the disk before all of it is there. */
	if (at >= end)
		return 0;
	return disk_blocks_write(&d->blocks, at, p, n < end - at ? n : (size_t)(end - at), err);
}

static int on_progress(uint64_t done_bytes, void *arg)
{
	struct error told_by_stream;

	return step_tell(arg, "write image", done_bytes, &told_by_stream);
}

int disk_image_write(struct disk_image *d, struct error *err)
{
	const struct blob_stream stream = {
		.blob = d->plan->blob,
		.source = &d->plan->source,
		.take = piece_take,
		.take_arg = d,
		.progress = on_progress,
		.progress_arg = d,
		.trail = d->plan->trail,
	};
	int r = blob_stream_run(&stream, err);

	if (r < 0)
		return r;
	if (!d->has_table || (d->plan->image_bytes && d->raw_bytes > d->plan->image_bytes))
		return fail_code(err, EBADMSG, "SW-3018",
			"the image unpacks to %" PRIu64 " bytes, its manifest says %" PRIu64,
			d->raw_bytes, d->plan->image_bytes);
	return disk_blocks_sync(&d->blocks, err);
}

int disk_image_seed(struct disk_image *d, const void *p, size_t n, struct error *err)
{
	int r = step_tell(d, "configure", d->plan->blob->size_bytes, err);

	if (r < 0)
		return r;
	if (n > DISK_IMAGE_SEED_BYTES)
		return fail_code(err, EFBIG, "SW-3018",
			"the configuration is larger than the %" PRIu64 " bytes kept for it",
			DISK_IMAGE_SEED_BYTES);
	return disk_write(&d->disk, d->table.extra_start_bytes, p, n, err);
}

int disk_image_commit(struct disk_image *d, struct disk_image_result *ret, struct error *err)
{
	int r = step_tell(d, "sync", d->plan->blob->size_bytes, err);

	if (r < 0)
		return r;
	/* Off this descriptor first: what was written through it must not lie in wait. */
	disk_blocks_close(&d->blocks);
	if ((r = disk_put_table(&d->disk, &d->table.table, err)) < 0)
		return r;
	*ret = (struct disk_image_result){
		.raw_bytes = d->raw_bytes,
		.written_bytes = d->blocks.written_bytes + IMAGE_HEAD,
		.grown = d->table.grown,
	};
	return 0;
}

void disk_image_free(struct disk_image *d)
{
	if (!d)
		return;
	disk_blocks_close(&d->blocks);
	image_table_done(&d->table);
	disk_done(&d->disk);
	free(d);
}
