// SPDX-License-Identifier: Apache-2.0
/*
 * The images in an archive or a layout, whoever wrote it: `docker save`, `podman save`, skopeo's
 * oci-archive, k3s' airgap archives, Hauler's hauls, an OCI layout in a folder. The kind is told by
 * what is in it: index.json makes an OCI layout and is preferred, as it keeps digests;
 * manifest.json alone makes a docker-archive. Used by create, and for what an appliance takes in
 * without a bundle.
 */
#pragma once

#include "bundles/container.h"
#include "bundles/pool.h"

struct images {
	struct pool pool;
	json_t *list;   /* of {name, tag, descriptor or docker}; in the order of the source */
	json_t *packed; /* layers of a docker-archive that were packed already */
};

/* Opens an archive or a folder and finds its images. Needs the store's lock. -EINVAL (SW-6007)
 * where it holds none that we know. */
int images_open(struct images *i, struct store *s, const char *path, struct error *err);
void images_close(struct images *i);
#define auto_images __attribute__((cleanup(images_close))) struct images

size_t images_count(const struct images *i);
/* The full name an image has there, as containerd writes it, or the text that it is named by, or
 * "". Borrowed. */
const char *images_name(const struct images *i, size_t at);
/* The image of a name ("app:1", "1", "@0" for the first); "" where there is only one. *ret is its
 * place. -ENOENT (SW-6007) names those that are there. */
int images_find(const struct images *i, const char *name, size_t *ret, struct error *err);

/* Sees that what is wanted (platform.h) of an image is in the store, with all that it needs. */
int images_take(struct images *i, size_t at, const json_t *wanted, struct container *ret,
	struct error *err);
