// SPDX-License-Identifier: Apache-2.0
/*
 * The container images that text names: Kubernetes manifests (any YAML or JSON, several documents,
 * Helm charts once they are rendered), and lists with one name a line. For the check that a bundle
 * is complete; docs/recipe.md tells the rules, and they are all there are: nothing is guessed.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define IMAGE_NAMES_TEXT_MAX (64u << 20) /* bytes of one file */

/* Called for each name as it stands there, with its line; not 0 ends the scan. */
typedef int (*image_name_fn)(const char *name, size_t line, void *arg, struct error *err);

/* A list: one name a line; empty lines and what follows a "#" say nothing. */
int image_names_of_list(const char *p, size_t n, image_name_fn found, void *arg, struct error *err);

/* A manifest. -EINVAL (SW-6009) names the line that is no YAML. */
int image_names_of_manifest(
	const char *p, size_t n, image_name_fn found, void *arg, struct error *err);
