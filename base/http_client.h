// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP out, over libcurl: blocking calls for the agent and the command, calls on an sd-event loop
 * for the daemon. One request shape serves both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/buf.h"
#include "base/error.h"

struct http_request {
	const char *method;      /* NULL: GET */
	const char *url;
	const char *unix_socket; /* path of a unix socket to connect to; NULL: TCP */
	const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
	const void *body;        /* NULL: none */
	size_t body_size;
	const char *content_type; /* of the body; NULL: application/json */
	const char *bearer;      /* sent as Authorization; never logged. NULL: none */
	/* Trust: exactly one of these, or neither for plain HTTP and the system's authorities. */
	const char *pinned_spki; /* "sha256//<base64>" of the server's key; dates and names ignored */
	const char *ca_pem;      /* PEM bundle the server must chain to */
	/* Client certificate, PEM text in memory. NULL: none */
	const char *cert_pem;
	const char *key_pem;
	size_t max_body;         /* most bytes of answer kept; 0: 4 MiB */
	int timeout_ms;          /* whole request; 0: 30 s; -1: none (streams) */
	int connect_timeout_ms;  /* 0: 5 s */
	int stall_timeout_ms;    /* gives up when no byte came for so long; 0: none */
	uint64_t range_from;     /* first byte wanted; 0: the whole */
	/* Called for each piece of a 2xx answer instead of keeping it; non-zero stops with -ECANCELED. */
	int (*on_data)(const void *p, size_t n, void *arg);
	void *on_data_arg;
};

struct http_response {
	long status;      /* 0: no answer came */
	struct buf body;  /* up to max_body; empty where on_data took it */
	char content_type[64];
};

void http_response_done(struct http_response *r);
#define auto_response __attribute__((cleanup(http_response_done))) struct http_response

/* A connection kept between calls (keep-alive). Not for use by two threads at once. */
struct http_client;
int http_client_new(struct http_client **ret, struct error *err);
void http_client_free(struct http_client *c);

/* Does the request. Any HTTP status is success (0); transport trouble is an error naming the URL
 * without its query. */
int http_do(struct http_client *c, const struct http_request *req, struct http_response *ret,
	struct error *err);

/* An asynchronous set of requests on a loop. */
struct http_async;
int http_async_new(sd_event *loop, struct http_async **ret, struct error *err);
void http_async_free(struct http_async *a); /* ends running requests without calling back */

/* err is NULL where an answer came. Both are borrowed for the call. */
typedef void (*http_done_fn)(struct http_response *r, const struct error *err, void *arg);

struct http_call;
/* Starts a request; everything in req is copied. `done` is called once, from the loop, never from
 * here. *ret_call (may be NULL) can be cancelled until then; a cancelled call is not called back. */
int http_async_start(struct http_async *a, const struct http_request *req, http_done_fn done,
	void *arg, struct http_call **ret_call, struct error *err);
void http_call_cancel(struct http_call *call);
