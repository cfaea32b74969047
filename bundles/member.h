// SPDX-License-Identifier: Apache-2.0
/* The members of a bundle's archive, one after the other, in a stream. For the import. */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "bundles/stream.h"
#include "bundles/tar.h"

/* Reads the next header. 0: the member's bytes come next, then member_pad(); 1: the archive's end,
 * then member_end(). */
int member_next(struct stream *s, struct tar_member *ret, struct error *err);

/* Reads the zeros behind a member of `size` bytes. */
int member_pad(struct stream *s, uint64_t size, struct error *err);

/* Behind the first block of zeros: at least one more, and nothing but zeros to the end. */
int member_end(struct stream *s, struct error *err);

/* Reads a whole small member that must have this name; where another one stands in its place, the
 * error has `missing_code`. */
int member_read(struct stream *s, const char *name, const char *missing_code, size_t max,
	struct buf *ret, struct error *err);
