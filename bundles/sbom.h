// SPDX-License-Identifier: Apache-2.0
/*
 * What an OS image is made of, as SPDX 2.3 in JSON: each Debian package with its version, supplier
 * and package URL (pkg:deb). Licences are not in a tree's status and stay NOASSERTION. The same
 * tree gives the same bytes.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "bundles/tree.h"

#define OCI_TYPE_SPDX "application/spdx+json"
#define SBOM_KIND     "sbom" /* of the store's entry */

/* The document of an image from the texts of its tree. *ret is NULL where the tree has no dpkg. The
 * caller owns it. */
int sbom_make(const struct tree *tree, const char *image, const struct digest *manifest,
	int64_t created_s, json_t **ret, struct error *err);

/* The name of the entry: the image's repository with the tag that cosign gives an SBOM,
 * "sha256-<hex>.sbom". out has REFERENCE_MAX bytes. */
void sbom_name(const char *image, const struct digest *manifest, char *out);
