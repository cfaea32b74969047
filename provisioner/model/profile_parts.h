// SPDX-License-Identifier: Apache-2.0
/*
 * The parts of a profile, for profile.c and layout.c alone. Each takes the part as it came (NULL:
 * absent), checks it, and sets it in `out` with every key filled in. Errors carry SW-6001 and name
 * the key.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

int profile_disk(const json_t *disk, json_t *out, struct error *err);
int profile_files(const json_t *list, json_t *out, struct error *err);
int profile_labels(json_t *labels, json_t *out, struct error *err);
int profile_match_rules(const json_t *match, json_t *out, struct error *err);
int profile_kernel_args(const json_t *input, json_t *out, struct error *err);

/* "20G" or a number of bytes, called `what` in errors; absent: 0. */
int profile_size(const json_t *value, const char *what, uint64_t *ret, struct error *err);

/* Absolute, normal, and below the root. */
bool path_valid(const char *path);

/* True where text is in the NULL-terminated list. */
bool text_one_of(const char *text, const char *const *list);
