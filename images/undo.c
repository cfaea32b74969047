// SPDX-License-Identifier: Apache-2.0
/* What tells what a disk held. */
#include "images/undo.h"

#include <blkid/blkid.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/json.h"

#define KIB            (UINT64_C(1) << 10)
#define MIB            (UINT64_C(1) << 20)
#define DISK_HEAD      (4 * MIB) /* a LUKS header with its first key slots, LVM's metadata */
#define DISK_TAIL      MIB
#define PART_HEAD      (512 * KIB) /* Btrfs and ZFS have theirs up to here */
#define PART_TAIL      (512 * KIB) /* RAID superblocks, two labels of ZFS */
#define PARTITIONS_MAX 256
#define RANGES_MAX     (2 + 2 * PARTITIONS_MAX)
#define LEVEL          3

struct range {
	uint64_t at, size;
};

struct collection {
	int fd;
	uint64_t disk_bytes;
	struct range range[RANGES_MAX]; /* as they are to be read */
	size_t n;
	uint8_t *raw; /* UNDO_RAW_MAX bytes */
	size_t raw_size;
	json_t *ranges; /* those that were read */
	bool whole;
};

static void cleanup_probe(blkid_probe *p)
{
	blkid_free_probe(*p);
}
#define auto_probe __attribute__((cleanup(cleanup_probe))) blkid_probe

static void range_add(struct collection *c, uint64_t at, uint64_t size)
{
	if (at >= c->disk_bytes || c->n == RANGES_MAX)
		return;
	if (size > c->disk_bytes - at)
		size = c->disk_bytes - at;
	c->range[c->n++] = (struct range){ at, size };
}

/* Both ends of a piece of the disk. */
static void ends_add(struct collection *c, uint64_t at, uint64_t size, uint64_t head, uint64_t tail)
{
	range_add(c, at, size < head ? size : head);
	if (size > head)
		range_add(c, size - head < tail ? at + head : at + size - tail,
			size - head < tail ? size - head : tail);
}

static void partitions_add(struct collection *c)
{
	auto_probe probe = blkid_new_probe();
	blkid_partlist list = NULL;
	int n;

	if (!probe || blkid_probe_set_device(probe, c->fd, 0, 0) != 0)
		return; /* the ends of the disk are kept in any case */
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT);
	if (blkid_do_fullprobe(probe) == 0)
		list = blkid_probe_get_partitions(probe);
	n = list ? blkid_partlist_numof_partitions(list) : 0;
	c->whole = n <= PARTITIONS_MAX;
	for (int i = 0; i < n && i < PARTITIONS_MAX; i++) {
		blkid_partition part = blkid_partlist_get_partition(list, i);

		ends_add(c, (uint64_t)blkid_partition_get_start(part) * 512,
			(uint64_t)blkid_partition_get_size(part) * 512, PART_HEAD, PART_TAIL);
	}
}

/* A range that does not fit or cannot be read is left out, and it is said that one is. */
static void range_read(struct collection *c, const struct range *r)
{
	uint64_t done = 0;

	if (r->size > UNDO_RAW_MAX - c->raw_size) {
		c->whole = false;
		return;
	}
	while (done < r->size) {
		ssize_t n = pread(
			c->fd, c->raw + c->raw_size + done, r->size - done, (off_t)(r->at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			c->whole = false;
			return;
		}
		done += (uint64_t)n;
	}
	c->raw_size += r->size;
	json_array_append_new(
		c->ranges, json_pack("[I, I]", (json_int_t)r->at, (json_int_t)r->size));
}

static int header_write(
	const struct collection *c, const json_t *disk, struct buf *out, struct error *err)
{
	auto_free char *text = NULL;
	auto_json json_t *header = json_pack("{s:i, s:O, s:b, s:O}", "format", 1, "disk", disk,
		"whole", c->whole, "ranges", c->ranges);
	int r = header ? json_write(header, &text, err) : fail_memory(err);

	if (r == 0)
		buf_printf(out, "%s\n", text);
	return r;
}

static int frame_write(const struct collection *c, struct buf *out, struct error *err)
{
	size_t room = ZSTD_compressBound(c->raw_size), n;
	auto_free char *packed = malloc(room);

	if (!packed)
		return fail_memory(err);
	n = ZSTD_compress(packed, room, c->raw, c->raw_size, LEVEL);
	if (ZSTD_isError(n))
		return fail(err, EIO, "packing what the disk held");
	buf_add(out, packed, n);
	return buf_check(out, "what the disk held", err);
}

static int collect(struct collection *c, const json_t *disk, struct buf *out, struct error *err)
{
	int r;

	ends_add(c, 0, c->disk_bytes, DISK_HEAD, DISK_TAIL);
	partitions_add(c);
	for (size_t i = 0; i < c->n; i++)
		range_read(c, &c->range[i]);
	if ((r = header_write(c, disk, out, err)) < 0)
		return r;
	return frame_write(c, out, err);
}

int undo_collect(const char *path, const json_t *disk, struct buf *out, struct error *err)
{
	auto_free struct collection *c = calloc(1, sizeof(*c));
	auto_free uint8_t *raw = malloc(UNDO_RAW_MAX);
	auto_json json_t *ranges = json_array();
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

	if (size < 0)
		return fail(err, errno, "reading what '%s' holds", path);
	if (!c || !raw || !ranges)
		return fail_memory(err);
	*c = (struct collection){
		.fd = fd,
		.disk_bytes = (uint64_t)size,
		.raw = raw,
		.ranges = ranges,
		.whole = true,
	};
	return collect(c, disk, out, err);
}
