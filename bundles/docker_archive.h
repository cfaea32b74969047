// SPDX-License-Identifier: Apache-2.0
/*
 * What `docker save` and `podman save` write, as far as it is no OCI layout: manifest.json, a list
 * of {Config, RepoTags, Layers} that name files of the archive (moby's image/spec, v1.2). Such an
 * image has no manifest whose digest could be kept, so one is made.
 */
#pragma once

#include "bundles/oci.h"
#include "bundles/pool.h"

#define DOCKER_ARCHIVE_LIST "manifest.json"

/* Reads the list; its shape is checked. The caller owns *ret, an array. */
int docker_archive_parse(const void *p, size_t n, json_t **ret, struct error *err);

/* Makes the OCI manifest of one item of the list; plain layers are packed with gzip, which every
 * client can read. `packed` (an object) remembers layers between the images of an archive. The
 * caller owns *ret, a descriptor. -EBADMSG (SW-6007) where a layer is not what the image's
 * configuration says. */
int docker_archive_convert(
	struct pool *p, const json_t *item, json_t *packed, json_t **ret, struct error *err);
