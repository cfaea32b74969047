// SPDX-License-Identifier: Apache-2.0
/* Blocks of a raw image onto a disk. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "images/disk_blocks.h"

#define ALIGNMENT   4096
#define ZERO_PIECE  (UINT64_C(1) << 30) /* asked for at once */
#define ZERO_MAX_MS 30000
#define PROBES      64 /* places that are read after it */

int disk_blocks_open(struct disk_blocks *b, const char *path, uint32_t sector, struct error *err)
{
	*b = (struct disk_blocks){ .path = path, .sector = sector };
	b->fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (b->fd < 0 && errno == EINVAL)
		b->fd = open(path, O_RDWR | O_CLOEXEC);
	return b->fd < 0 ? fail(err, errno, "opening disk '%s'", path) : 0;
}

void disk_blocks_close(struct disk_blocks *b)
{
	if (b->fd >= 0)
		(void)close(b->fd); /* what counts was synced and checked */
	b->fd = -1;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* -1 where the disk cannot be read there, 0 or 1. */
static int block_is_zero(const struct disk_blocks *b, uint64_t at, uint8_t *room)
{
	ssize_t n = pread(b->fd, room, DISK_BLOCK, (off_t)at);

	return n < 0 ? -1 : is_zero(room, (size_t)n);
}

/* Looks at places all over what the disk says it made zero. */
static int zeros_check(struct disk_blocks *b, struct error *err)
{
	auto_free uint8_t *room = aligned_alloc(ALIGNMENT, DISK_BLOCK);
	uint64_t blocks = b->zero_bytes / DISK_BLOCK;

	if (!room)
		return fail_memory(err);
	for (uint64_t i = 0; i < PROBES && b->zero_bytes > 0; i++)
		if (block_is_zero(b, blocks * i / PROBES * DISK_BLOCK, room) != 1)
			b->zero_bytes = 0;
	return 0;
}

int disk_blocks_zero(struct disk_blocks *b, uint64_t size_bytes, struct error *err)
{
	int64_t end_ms = monotonic_ms() + ZERO_MAX_MS;
	uint64_t at = 0;

	while (at < size_bytes && monotonic_ms() < end_ms) {
		uint64_t n = size_bytes - at < ZERO_PIECE ? size_bytes - at : ZERO_PIECE;

		/* Of a block device: zeros by a command of its own, or an error; never by writing
		 * them, which would cost more than it saves. */
		if (fallocate(b->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at,
			    (off_t)n) < 0)
			break;
		at += n;
	}
	b->zero_bytes = at / DISK_BLOCK * DISK_BLOCK;
	return zeros_check(b, err);
}

static int run_write(
	struct disk_blocks *b, uint64_t at, const uint8_t *p, size_t n, struct error *err)
{
	while (n > 0) {
		ssize_t w = pwrite(b->fd, p, n, (off_t)at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return fail(err, w < 0 ? errno : EIO, "writing '%s' at byte %" PRIu64,
				b->path, at);
		p += w;
		at += (uint64_t)w;
		n -= (size_t)w;
		b->written_bytes += (uint64_t)w;
	}
	return 0;
}

static bool may_skip(const struct disk_blocks *b, uint64_t at, const uint8_t *p, size_t n)
{
	return at + n <= b->zero_bytes && is_zero(p, n);
}

int disk_blocks_write(struct disk_blocks *b, uint64_t at, uint8_t *p, size_t n, struct error *err)
{
	size_t whole = (n + b->sector - 1) / b->sector * b->sector;
	size_t from = 0; /* of the blocks that are to be written at once */
	int r;

	memset(p + n, 0, whole - n);
	for (size_t i = 0; i < whole;) {
		size_t some = whole - i < DISK_BLOCK ? whole - i : DISK_BLOCK;

		if (may_skip(b, at + i, p + i, some)) {
			if ((r = run_write(b, at + from, p + from, i - from, err)) < 0)
				return r;
			from = i + some;
			b->skipped_bytes += some;
		}
		i += some;
	}
	return run_write(b, at + from, p + from, whole - from, err);
}

int disk_blocks_sync(struct disk_blocks *b, struct error *err)
{
	return fsync(b->fd) < 0 ? fail(err, errno, "flushing '%s'", b->path) : 0;
}
