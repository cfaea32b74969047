// SPDX-License-Identifier: Apache-2.0
/* Reading Node objects (Kubernetes API, core/v1). */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The condition of a type, NULL where there is none. Borrowed. */
const json_t *node_condition(const json_t *node, const char *type);
/* Its Ready condition is True. */
bool node_ready(const json_t *node);
