// SPDX-License-Identifier: Apache-2.0
/* Names in a layer (image-spec, layer.md, "Whiteouts"): pure, from an archive's bytes to a path. */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define LAYER_PATH_MAX 4096

enum layer_name_kind {
	LAYER_NAME_ENTRY,    /* something to be made at the path; "" is the root itself */
	LAYER_NAME_WHITEOUT, /* what lower layers have at the path goes */
	LAYER_NAME_OPAQUE,   /* what lower layers have below the path goes */
	LAYER_NAME_IGNORED,  /* a storage driver's own mark */
};

/* Writes the path below the root, without leading, doubled or trailing slashes and without ".":
 * "./usr//bin/" is "usr/bin". -EINVAL for ".." anywhere, an impossible whiteout, a name too long.
 */
int layer_name_read(const char *name, char out[static LAYER_PATH_MAX], enum layer_name_kind *ret,
	struct error *err);
