// SPDX-License-Identifier: Apache-2.0
/* Errors as HTTP tells them: problem details (RFC 9457) with our stable code and a hint. */
#pragma once

#include <jansson.h>

#include "base/error.h"

#define PROBLEM_TYPE "application/problem+json"

/* The HTTP status of an error. */
int problem_status(const struct error *err);
/* {"type","title","status","detail","code","hint"}; the caller owns it. */
json_t *problem_json(const struct error *err, int status);
/* "Not Found" and its like. */
const char *problem_title(int status);
