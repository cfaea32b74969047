// SPDX-License-Identifier: Apache-2.0
/*
 * A disk's offset leads through two tables of big-endian numbers to its cluster: L1, which the
 * header names, has the places of L2 tables, each one cluster large; those have the places of the
 * clusters. 0 stands for nothing there.
 */
#include "bundles/qcow2.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define MAGIC            "QFI\xfb"
#define SECTOR           512
#define HEADER_2         72 /* bytes of version 2's */
#define HEADER_3         104
#define BITS_MIN         9
#define BITS_MAX         21
#define OFFSET_MASK      0x00fffffffffffe00ull /* of an entry of either table */
#define ENTRY_COMPRESSED (1ull << 62)
#define ENTRY_ZEROS      1ull
#define DEFLATE_WINDOW   (-12) /* raw, of 4 KiB */

enum feature { /* that a reader must know; the "dirty" bit concerns writers */
	FEATURE_DIRTY = 1,
	FEATURE_COMPRESSION = 8,
};

static uint32_t number32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static uint64_t number64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

bool qcow2_is(int fd)
{
	char head[4];

	return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       memcmp(head, MAGIC, sizeof(head)) == 0;
}

/* What version 3 adds. */
static int features_check(const uint8_t *p, size_t n, struct qcow2_header *h, struct error *err)
{
	uint64_t features = n >= HEADER_3 ? number64(p + 72) : UINT64_MAX;
	uint32_t length = n >= HEADER_3 ? number32(p + 100) : 0;

	if (features & ~(uint64_t)(FEATURE_DIRTY | FEATURE_COMPRESSION))
		return fail_code(err, EINVAL, "SW-6002",
			"its qcow2 has features (%#llx) that are not read here: its data in another "
			"file, extended entries, or it is marked as damaged",
			(unsigned long long)features);
	if (length > HEADER_3 && n > HEADER_3)
		h->zstd = p[HEADER_3] == 1;
	if (length > HEADER_3 && n > HEADER_3 && p[HEADER_3] > 1)
		return fail_code(
			err, EINVAL, "SW-6002", "its qcow2 is compressed in an unknown way");
	return 0;
}

int qcow2_header_parse(const uint8_t *p, size_t n, struct qcow2_header *ret, struct error *err)
{
	struct qcow2_header h = { 0 };
	uint32_t version = n >= HEADER_2 ? number32(p + 4) : 0;
	uint64_t covered;
	int r = 0;

	if (n < HEADER_2 || memcmp(p, MAGIC, 4) != 0 || version < 2 || version > 3)
		return fail_code(err, EINVAL, "SW-6002", "it is no qcow2 image of version 2 or 3");
	if (number64(p + 8) != 0)
		return fail_code(err, EINVAL, "SW-6002",
			"it is a part of an image whose rest is in another file");
	if (number32(p + 32) != 0)
		return fail_code(err, EINVAL, "SW-6002", "it is encrypted");
	h.cluster_bits = number32(p + 20);
	h.size = number64(p + 24);
	h.l1_count = number32(p + 36);
	h.l1_at = number64(p + 40);
	if (version == 3)
		r = features_check(p, n, &h, err);
	if (r < 0)
		return r;
	if (h.cluster_bits < BITS_MIN || h.cluster_bits > BITS_MAX || h.size == 0 ||
		h.size > QCOW2_SIZE_MAX || h.size % SECTOR)
		return fail_code(err, EINVAL, "SW-6002",
			"its qcow2 header is damaged: a disk of %llu bytes in clusters of 2^%u",
			(unsigned long long)h.size, h.cluster_bits);
	covered = (uint64_t)h.l1_count << (2 * h.cluster_bits - 3);
	if (covered < h.size)
		return fail_code(
			err, EINVAL, "SW-6002", "its qcow2 tables are shorter than its disk");
	*ret = h;
	return 0;
}

int qcow2_open(struct qcow2 *q, int fd, struct error *err)
{
	uint8_t head[QCOW2_HEADER_MAX];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	struct stat st;
	size_t cluster;
	int r;

	*q = (struct qcow2){ .fd = fd };
	if (n < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "reading its header");
	r = qcow2_header_parse(head, (size_t)n, &q->header, err);
	if (r < 0)
		return r;
	cluster = (size_t)1 << q->header.cluster_bits;
	q->file_size = (uint64_t)st.st_size;
	q->l2 = malloc(cluster);
	q->cluster = malloc(cluster);
	q->packed = malloc(cluster + 2 * SECTOR);
	return q->l2 && q->cluster && q->packed ? 0 : fail_memory(err);
}

void qcow2_close(struct qcow2 *q)
{
	free(q->l2);
	free(q->cluster);
	free(q->packed);
	*q = (struct qcow2){ .fd = -1 };
}

static int fail_damaged(const struct qcow2 *q, uint64_t at, struct error *err)
{
	return fail_code(err, EINVAL, "SW-6002",
		"its qcow2 is damaged or cut off: byte %llu of %llu is not there",
		(unsigned long long)at, (unsigned long long)q->file_size);
}

/* Reads from the file; behind its end there are zeros, but something must be there. */
static int file_read_part(
	const struct qcow2 *q, uint64_t at, uint8_t *out, size_t n, struct error *err)
{
	size_t have = 0;

	if (at >= q->file_size)
		return fail_damaged(q, at, err);
	while (have < n) {
		ssize_t got = pread(q->fd, out + have, n - have, (off_t)(at + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(err, errno, "reading at byte %llu", (unsigned long long)at);
		if (got == 0)
			break;
		have += (size_t)got;
	}
	memset(out + have, 0, n - have);
	return 0;
}

static bool zstd_unpack(uint8_t *out, size_t size, const uint8_t *p, size_t n)
{
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	ZSTD_outBuffer to = { out, size, 0 };
	ZSTD_inBuffer from = { p, n, 0 };
	size_t left = 1;

	while (zstd && to.pos < size && from.pos < n && !ZSTD_isError(left))
		left = ZSTD_decompressStream(zstd, &to, &from);
	(void)ZSTD_freeDCtx(zstd); /* frees only */
	return to.pos == size;
}

/* What lies behind the packed bytes, up to the sector's end, is nothing. */
static bool deflate_unpack(uint8_t *out, size_t size, uint8_t *p, size_t n)
{
	z_stream z = {
		.next_in = p, .avail_in = (uInt)n, .next_out = out, .avail_out = (uInt)size
	};

	if (inflateInit2(&z, DEFLATE_WINDOW) != Z_OK)
		return false;
	(void)inflate(&z, Z_FINISH); /* the count tells */
	(void)inflateEnd(&z);        /* frees only */
	return z.avail_out == 0;
}

static int packed_read(struct qcow2 *q, uint64_t entry, struct error *err)
{
	size_t cluster = (size_t)1 << q->header.cluster_bits;
	unsigned int offset_bits = 62 - (q->header.cluster_bits - 8);
	uint64_t at = entry & ((1ull << offset_bits) - 1);
	uint64_t sectors = ((entry & (ENTRY_COMPRESSED - 1)) >> offset_bits) + 1;
	size_t n = (size_t)(sectors * SECTOR - at % SECTOR);
	int r;

	if (n > cluster + 2 * SECTOR)
		return fail_damaged(q, at, err);
	r = file_read_part(q, at, q->packed, n, err);
	if (r < 0)
		return r;
	if (q->header.zstd ? zstd_unpack(q->cluster, cluster, q->packed, n)
			   : deflate_unpack(q->cluster, cluster, q->packed, n))
		return 0;
	return fail_code(err, EINVAL, "SW-6002",
		"its qcow2 is damaged: what is packed at byte %llu "
		"cannot be unpacked",
		(unsigned long long)at);
}

/* The L2 table's place for a disk's offset; 0: there is none. */
static int l2_find(const struct qcow2 *q, uint64_t at, uint64_t *ret, struct error *err)
{
	uint64_t index = at >> (2 * q->header.cluster_bits - 3);
	uint8_t entry[8];
	int r;

	if (q->header.l1_at > q->file_size)
		return fail_damaged(q, q->header.l1_at, err);
	r = file_read_part(q, q->header.l1_at + index * sizeof(entry), entry, sizeof(entry), err);
	*ret = r == 0 ? number64(entry) & OFFSET_MASK : 0;
	return r;
}

int qcow2_read(struct qcow2 *q, uint64_t at, uint64_t *ret_n, bool *ret_data, struct error *err)
{
	const struct qcow2_header *h = &q->header;
	uint64_t cluster = 1ull << h->cluster_bits;
	uint64_t table = cluster << (h->cluster_bits - 3); /* bytes of the disk that one leads to */
	uint64_t left = h->size - at;
	uint64_t entry;
	uint64_t l2_at = 0;
	int r = l2_find(q, at, &l2_at, err);

	*ret_data = false;
	if (r == 0 && l2_at == 0) {
		*ret_n = table - at % table < left ? table - at % table : left;
		return 0;
	}
	if (r == 0 && l2_at != q->l2_at)
		r = file_read_part(q, l2_at, q->l2, cluster, err);
	if (r < 0)
		return r;
	q->l2_at = l2_at;
	*ret_n = cluster < left ? cluster : left;
	entry = number64(q->l2 + at % table / cluster * 8);
	if (!(entry & ENTRY_COMPRESSED) && (entry & ENTRY_ZEROS || !(entry & OFFSET_MASK)))
		return 0;
	*ret_data = true;
	return entry & ENTRY_COMPRESSED
		       ? packed_read(q, entry, err)
		       : file_read_part(q, entry & OFFSET_MASK, q->cluster, cluster, err);
}
