// SPDX-License-Identifier: Apache-2.0
/*
 * Node labels and taints: their syntax (Kubernetes docs, "Labels and Selectors") and which of them
 * a kubelet may give itself (NodeRestriction; kubelet's --node-labels).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

#define LABEL_VALUE_MAX 64 /* 63 characters and NUL */

/* Any text, a serial number say, as a label value: other characters become '-', the ends are made
 * alphanumeric. May come out empty. Returns out. */
const char *label_value_format(const char *text, char out[static LABEL_VALUE_MAX]);

/* "[prefix/]name" as Kubernetes takes it. */
bool label_key_valid(const char *key);

/* True where a kubelet with NodeRestriction may set it on itself; others are set by the API. */
bool label_kubelet_may_set(const char *key);

/* "key[=value]:Effect" to {"key","value","effect"}; the caller owns *ret. */
int taint_parse(const char *text, json_t **ret, struct error *err);
