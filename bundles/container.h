// SPDX-License-Identifier: Apache-2.0
/* A container image from anywhere into a store, through skopeo(1). */
#pragma once

#include "base/error.h"
#include "bundles/oci.h"
#include "bundles/store.h"

struct container {
	char media_type[OCI_TYPE_MAX];
	struct digest manifest;
	uint64_t size;         /* bytes of the manifest */
	char architecture[32]; /* what its configuration says, or "" */
};

/* Copies `source` (docker://, docker-archive:, oci-archive:, oci:) into the store. Relative paths
 * in it start at `dir`; `work` is a folder for the copy between, removed afterwards. Manifests keep
 * their bytes; a docker-archive, which has none, becomes an OCI image. */
int container_add(struct store *s, const char *source, const char *dir, const char *work,
	struct container *ret, struct error *err);
