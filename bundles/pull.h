// SPDX-License-Identifier: Apache-2.0
/* A container image out of a registry, through skopeo(1), whose configuration holds: auth.json,
 * registries.conf, certs.d. Only what is wanted of an image is copied. */
#pragma once

#include "bundles/container.h"

#define PULL_TRANSPORT "docker://"

/* Takes `source` (docker://REFERENCE) into the store; `work` is a folder for the copy between,
 * removed afterwards. Manifests keep their bytes. */
int pull_image(struct store *s, const char *source, const json_t *wanted, const char *work,
	struct container *ret, struct error *err);
