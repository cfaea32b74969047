// SPDX-License-Identifier: Apache-2.0
/* What in a bundle is big: for the end of create. */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "bundles/store.h"

#define SUMMARY_LARGEST 10

/* {"largest": [{name, kind, bytes}], "kinds": [{kind, entries, bytes}], "shared_bytes"} of a
 * staging store. An entry's bytes are all that it needs; a blob that several need counts in each,
 * and is counted once in its kind. shared_bytes is what is saved so. The caller owns *ret. */
int summary_make(struct store *s, json_t **ret, struct error *err);
