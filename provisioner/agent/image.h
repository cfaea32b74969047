// SPDX-License-Identifier: Apache-2.0
/* An OS image as its manifest tells of it: layers to unpack, and what its annotations ask for. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/oci.h"
#include "images/rootfs.h"
#include "provisioner/agent/fetch.h"
#include "provisioner/agent/plan.h"

struct image {
	struct oci_document manifest;
	struct rootfs_layer *layers;
	size_t n_layers;
	json_t *args; /* kernel arguments: the image's, then the plan's */
	const char *kernel_args[2 * PLAN_ARGS_MAX + 1]; /* NULL-terminated; borrowed from args */
};

/* Fetches and reads it. SW-3021 where it is no image this machine can be installed from. */
int image_open(struct fetch *f, const struct plan *plan, const char *arch, struct image *ret,
	struct error *err);
void image_close(struct image *i);
#define auto_image __attribute__((cleanup(image_close))) struct image

/* The layers' digests, for the last report; the caller owns it. */
json_t *image_digests(const struct image *i);
