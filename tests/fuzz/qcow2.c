// SPDX-License-Identifier: Apache-2.0
/* A qcow2 image, read as far as 4096 pieces: no piece is larger than what is left of the disk. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bundles/qcow2.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	auto_close int fd = memfd_create("qcow2", MFD_CLOEXEC);
	auto_qcow2 q = { 0 };
	struct error err = { 0 };
	uint64_t at = 0;

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		return 0;
	if (qcow2_open(&q, fd, &err) < 0)
		return 0;
	for (int i = 0; i < 4096 && at < q.header.size; i++) {
		uint64_t piece = 0;
		bool data;

		if (qcow2_read(&q, at, &piece, &data, &err) < 0)
			return 0;
		if (piece == 0 || piece > q.header.size - at)
			abort();
		at += piece;
	}
	return 0;
}
