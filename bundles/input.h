// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a bundle's file as they come: from a file or a stick, which can be skipped in, or
 * through a pipe. It knows how far it is, so that an error can name the place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct input {
	int fd; /* borrowed */
	bool seekable;
	dev_t device;    /* where it lies; 0: a pipe */
	uint64_t size;   /* of the file; 0 where it is not seekable */
	uint64_t offset; /* of the next byte */
};

/* Starts at the descriptor's place, which is taken for byte 0. */
int input_open(struct input *in, int fd, struct error *err);

/* Reads up to n bytes; *ret_n is 0 at the end. -ENODEV (SW-2031) where the device was unplugged. */
int input_read(struct input *in, void *p, size_t n, size_t *ret_n, struct error *err);

/* Leaves n bytes out without reading them, where it is seekable. Past the end, 1: it ends early. */
int input_skip(struct input *in, uint64_t n, struct error *err);
