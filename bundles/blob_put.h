// SPDX-License-Identifier: Apache-2.0
/* Bytes of a file, or a value, into a store as a blob. */
#pragma once

#include <jansson.h>

#include "bundles/store.h"

/* Streams an open file to its end. Where `expected` is not NULL and differs: -EBADMSG. */
int blob_put_fd(struct store *s, int fd, const struct digest *expected, struct digest *ret,
	uint64_t *ret_size, struct error *err);
/* A JSON value as it is always written: compact, with sorted keys. NULL is "no memory". */
int blob_put_json(struct store *s, const json_t *json, struct digest *ret, uint64_t *ret_size,
	struct error *err);
