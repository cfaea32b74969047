// SPDX-License-Identifier: Apache-2.0
/*
 * Reading a qcow2 image from front to end (QEMU, docs/interop/qcow2.rst, versions 2 and 3): plain
 * and compressed clusters, no other file. What it is asked for is read where it lies; memory is
 * three clusters, of 2 MiB at the most. Snapshots in it are not looked at.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define QCOW2_HEADER_MAX 112
#define QCOW2_SIZE_MAX   (1ull << 46) /* bytes of a disk: 64 TiB */

struct qcow2_header {
	uint64_t size; /* bytes of the disk */
	uint64_t l1_at;
	uint32_t l1_count;
	unsigned int cluster_bits;
	bool zstd; /* compressed clusters are zstd's; else deflate's */
};

struct qcow2 {
	struct qcow2_header header;
	int fd; /* borrowed */
	uint64_t file_size;
	uint8_t *l2; /* one table; a cluster large */
	uint64_t l2_at;
	uint8_t *packed;
	uint8_t *cluster; /* what qcow2_read() has read */
};

/* True where a file begins as one. */
bool qcow2_is(int fd);

/* Reads the header. -EINVAL (SW-6002): it is none, or needs another file, or is encrypted. */
int qcow2_header_parse(const uint8_t *p, size_t n, struct qcow2_header *ret, struct error *err);

int qcow2_open(struct qcow2 *q, int fd, struct error *err);
void qcow2_close(struct qcow2 *q);
#define auto_qcow2 __attribute__((cleanup(qcow2_close))) struct qcow2

/* What the disk has at `at`, which is 0 or where the last piece ended: *ret_n bytes, which lie in
 * q->cluster where *ret_data, and are zeros else. -EINVAL (SW-6002): it is damaged. */
int qcow2_read(struct qcow2 *q, uint64_t at, uint64_t *ret_n, bool *ret_data, struct error *err);
