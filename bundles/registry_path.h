// SPDX-License-Identifier: Apache-2.0
/* A path under /v2/, taken apart (distribution-spec, "Endpoints"). Untrusted input. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "bundles/reference.h"

enum registry_route {
	REGISTRY_ROUTE_ROOT,      /* /v2/ */
	REGISTRY_ROUTE_CATALOG,   /* /v2/_catalog */
	REGISTRY_ROUTE_MANIFEST,  /* /v2/REPOSITORY/manifests/REFERENCE */
	REGISTRY_ROUTE_BLOB,      /* /v2/REPOSITORY/blobs/DIGEST */
	REGISTRY_ROUTE_TAGS,      /* /v2/REPOSITORY/tags/list */
	REGISTRY_ROUTE_REFERRERS, /* /v2/REPOSITORY/referrers/DIGEST */
};

struct registry_path {
	enum registry_route route;
	/* May begin with a host: "library/app", "docker.io/library/app"; "" for the root. */
	char repository[REFERENCE_MAX];
	char reference[TAG_MAX +
		       1]; /* a tag or a digest's text, unchecked; "" where there is none */
};

/* Takes the path of a URL apart, decoded, without its query. -EINVAL for one that is none of these.
 */
int registry_path_parse(const char *path, size_t n, struct registry_path *ret, struct error *err);
