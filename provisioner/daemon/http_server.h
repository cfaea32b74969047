// SPDX-License-Identifier: Apache-2.0
/*
 * The control side of HTTP: small requests answered on the loop's thread, over TLS or a unix
 * socket, by libmicrohttpd with its epoll descriptor in our loop. Bodies have a limit; answers are
 * JSON, a problem, or a stream. Bulk bytes are served elsewhere (http_bulk.h).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/buf.h"
#include "base/error.h"
#include "provisioner/daemon/tls_identity.h"

#define HTTP_ADDRESS_MAX 46

struct http_server;
struct MHD_Connection;

/* One request and its answer. */
struct http_exchange {
	struct http_server *server;
	struct MHD_Connection *connection;
	const char *method;
	const char *path; /* decoded */
	struct buf body;
	char peer[HTTP_ADDRESS_MAX]; /* IP address; "" on a unix socket */
	size_t seen;                 /* bytes of the body that came */
	bool too_large;              /* the body is past its limit */
	bool answered;
	/* of one that is answered later */
	bool deferred;
	struct MHD_Response *response; /* waits for its turn */
	int status;
	struct http_exchange *prev, *next;
};

typedef void (*http_handler_fn)(struct http_exchange *x, void *arg);

struct http_server_options {
	int listen_fd;                  /* taken over, also on failure */
	const struct tls_identity *tls; /* NULL: plain */
	size_t body_max;
	unsigned connections_max;
	unsigned per_address_max; /* connections of one IP address; 0: no limit */
	http_handler_fn handle;   /* answers each request at once */
	void *arg;
};

int http_server_new(sd_event *loop, const struct http_server_options *o, struct http_server **ret,
	struct error *err);
/* Ends streams, lets answers that are being sent go out for a moment, and stops. */
void http_server_free(struct http_server *s);
/* Streams have something to send. */
void http_server_wake(struct http_server *s);

/* Of the request: NULL where it is not there. */
const char *http_header(struct http_exchange *x, const char *name);
const char *http_query(struct http_exchange *x, const char *name);
/* Whose process is at the other end of a unix socket; (uid_t)-1 where it is none. */
uid_t http_peer_uid(struct http_exchange *x);

/* The answer comes later, by one of the calls below. The exchange stays until then; where the
 * server ends before, it answers 503 by itself and the exchange is gone: who would answer must be
 * ended after the server, and not call any more. */
void http_defer(struct http_exchange *x);

/* Exactly one of these answers. value is taken over; NULL (no memory) answers 500. */
void http_answer_json(struct http_exchange *x, int status, json_t *value);
void http_answer_error(struct http_exchange *x, const struct error *err);

/* A stream: `read` fills in up to max bytes; 0: nothing now, wait for http_server_wake(); negative:
 * the end. `free` is called once when it is over, in whichever way. */
struct http_stream {
	ssize_t (*read)(void *arg, char *p, size_t max);
	void (*free)(void *arg);
	void *arg;
};
void http_answer_stream(
	struct http_exchange *x, const char *content_type, const struct http_stream *stream);
