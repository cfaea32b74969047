// SPDX-License-Identifier: Apache-2.0
/* Finds the kernel and initrd of an unpacked image, wherever its distribution puts them. */
#pragma once

#include "base/error.h"

#define KERNEL_PATH_MAX 256

struct kernel {
	char version[128];            /* "6.1.0-18-amd64"; "" where only a link told */
	char kernel[KERNEL_PATH_MAX]; /* "/boot/vmlinuz-6.1.0-18-amd64" */
	char initrd[KERNEL_PATH_MAX]; /* "" where the image has none */
	/* The links that its packages keep on the newest kernel ("/vmlinuz", "/initrd.img"), for
	 * boots to come: they may not be there yet. NULL: it has none, or they lead elsewhere. */
	const char *kernel_link;
	const char *initrd_link;
};

/* The highest version that has both, else the highest. SW-3012 where there is no kernel. */
int kernel_find(int root_fd, struct kernel *ret, struct error *err);
