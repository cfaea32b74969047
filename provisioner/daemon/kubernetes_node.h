// SPDX-License-Identifier: Apache-2.0
/* Reading Node objects (Kubernetes API, core/v1). */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Its Ready condition is True. */
bool node_ready(const json_t *node);
