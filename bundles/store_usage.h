// SPDX-License-Identifier: Apache-2.0
/* What takes how much room in the store. Blobs that are shared are counted once in every sum. */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "bundles/store.h"

enum store_usage_by { STORE_USAGE_BY_BUNDLE, STORE_USAGE_BY_NAME, STORE_USAGE_BY_KIND };

/* *ret: {path, blobs, bytes, free_bytes, held_bytes (needed by nothing else than entries whose
 * names are gone), unreferenced_bytes, items: [{name, bundle, kind, version, digest, names, blobs,
 * bytes, own_bytes}]}. bytes of an item are all it needs, own_bytes what nothing else needs: what
 * removing it gives. The caller owns it. */
int store_usage(struct store *s, enum store_usage_by by, json_t **ret, struct error *err);

/* The digests of all blobs that a name needs and that are here at their size, sorted: an array of
 * strings, for `bundle create --since`. */
int store_export_list(struct store *s, json_t **ret, struct error *err);
