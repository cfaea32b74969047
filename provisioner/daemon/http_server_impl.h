// SPDX-License-Identifier: Apache-2.0
/* What http_server.c (the loop) and http_exchange.c (requests and answers) share. */
#pragma once

#include <microhttpd.h>
#include <systemd/sd-event.h>

#include "provisioner/daemon/http_server.h"
#include "provisioner/daemon/http_stream.h"

struct http_server {
	struct http_server_options o;
	sd_event *loop;
	struct MHD_Daemon *daemon;
	sd_event_source *io;
	sd_event_source *timer;
	struct http_streams streams;
	struct http_exchange *deferred;
};

/* libmicrohttpd has something to do at once: not from here, for we may be within MHD_run(). */
void http_server_kick(struct http_server *s);

/* libmicrohttpd's three calls of a request: its beginning and each piece of it, and its end. */
enum MHD_Result http_exchange_step(void *arg, struct MHD_Connection *c, const char *path,
	const char *method, const char *version, const char *data, size_t *data_size, void **ctx);
void http_exchange_end(
	void *arg, struct MHD_Connection *c, void **ctx, enum MHD_RequestTerminationCode code);
