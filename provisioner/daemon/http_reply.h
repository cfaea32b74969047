// SPDX-License-Identifier: Apache-2.0
/* What handlers of both APIs begin and end with. */
#pragma once

#include "base/json.h"
#include "provisioner/daemon/appliance.h"
#include "provisioner/daemon/http_server.h"
#include "provisioner/daemon/route.h"

/* The body as JSON, checked against `fields` where those are given. The caller owns *ret. */
int http_read_body(struct http_exchange *x, const char *what, const struct json_field *fields,
	json_t **ret, struct error *err);

/* Makes durable what the handler did, and only then answers: `value` (taken over) where r is 0,
 * else the error. */
void http_finish(struct http_exchange *x, struct appliance *a, int r, int status, json_t *value,
	struct error *err);

/* Finds the route and calls its handler, or answers the error. */
void http_dispatch(struct http_exchange *x, const struct route *table, struct appliance *a);
