// SPDX-License-Identifier: Apache-2.0
/* An OS image of the store: an entry of kind "rootfs" or "disk" with all that a plan must say of
 * it. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "bundles/store.h"

struct os_image {
	char name[STORE_NAME_MAX];       /* of its entry */
	char repository[STORE_NAME_MAX]; /* the same without a tag: /v2/REPOSITORY/... */
	char kind[16];                   /* "rootfs" or "disk" */
	char architecture[16];           /* "amd64"; "" where it is not said */
	struct digest manifest;        /* of the manifest that fits, where the entry is an index */
	char media_type[OCI_TYPE_MAX]; /* of that manifest */
	uint64_t size_bytes;           /* sum of its layers, as they are stored */
	uint64_t min_disk_bytes;       /* 0: not said */
	size_t layers;
	json_t *kernel_args; /* array of strings */
};

/* Reads an OS image by name. -ENOENT: no such entry, or it is no OS image. */
int os_image_load(struct store *s, const char *name, struct os_image *ret, struct error *err);
void os_image_done(struct os_image *i);
#define auto_os_image __attribute__((cleanup(os_image_done))) struct os_image

/* True where an entry is an OS image. */
bool os_image_is(const struct store_entry *e);
