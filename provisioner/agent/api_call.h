// SPDX-License-Identifier: Apache-2.0
/* One request of the machine API, for api.c and api_enrol.c alone. */
#pragma once

#include "provisioner/agent/api.h"

struct api_call {
	const char *path;   /* below /machine/v1/ */
	char query[32];     /* "?seq=7" or "" */
	const json_t *body; /* NULL: GET; else POST */
	int timeout_ms;     /* 0: the client's own */
	long status;        /* out: 0 where no answer came */
};

/* Sends the token where there is one. *ret is the answer's object, the caller's. A status of 400
 * and above is an error with the appliance's own words and code (RFC 9457): -EREMOTEIO where it
 * refuses (4xx), -EAGAIN where it has trouble of its own (5xx) or says to wait (MACHINE_HELD). */
int api_call(struct api *a, struct api_call *call, json_t **ret, struct error *err);
