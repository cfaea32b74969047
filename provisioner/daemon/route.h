// SPDX-License-Identifier: Apache-2.0
/* Routes: a method and a path with holes, in a table that is the API's list of contents. */
#pragma once

#include "base/error.h"

#define ROUTE_HOLES_MAX 2
#define ROUTE_TEXT_MAX  256

struct http_exchange;

struct route_match {
	char hole[ROUTE_HOLES_MAX][ROUTE_TEXT_MAX]; /* what stands in place of each {} */
};

struct route {
	const char *method;
	const char *path; /* "/api/v1/machines/{}/approve" */
	void (*handle)(struct http_exchange *x, const struct route_match *m, void *arg);
};

/* Finds the entry; the table ends with a NULL method. -ENOENT where there is no such path, and
 * -EOPNOTSUPP where it knows other methods only. */
int route_find(const struct route *table, const char *method, const char *path,
	const struct route **ret, struct route_match *ret_match, struct error *err);
