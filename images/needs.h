// SPDX-License-Identifier: Apache-2.0
/*
 * What an unpacked image must hold, so that the layout it was put onto can start: drivers of its
 * kernel, programs of its own. Asked before anything makes the disk bootable.
 */
#pragma once

#include "base/error.h"

struct need {
	const char *what;     /* "XFS", for the message */
	const char *module;   /* a kernel module: "fs/xfs/xfs"; NULL: none */
	const char *program;  /* "mdadm"; NULL: none */
	const char *packages; /* where both come from */
};

/* 0, or SW-3015 naming what is missing. version: of the image's kernel; a kernel whose modules lie
 * nowhere has all built in, as far as anyone can tell. */
int need_check(int root_fd, const char *image_kernel, const struct need *need, struct error *err);
