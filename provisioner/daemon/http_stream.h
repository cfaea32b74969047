// SPDX-License-Identifier: Apache-2.0
/* Streams of one HTTP server: suspended while they have nothing to send. For http_server.c and http_exchange.c.
 */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>

#include "provisioner/daemon/http_server.h"

struct http_stream_state;

struct http_streams {
	struct http_stream_state *suspended;
	unsigned open; /* streams that are not over */
	bool ending;   /* every stream is to end at its next turn */
};

/* NULL without memory; stream->free has been called then. */
struct MHD_Response *http_streams_response(struct http_streams *set,
	struct MHD_Connection *connection, const struct http_stream *stream);
/* Lets all suspended ones have their turn at the next MHD_run(). */
void http_streams_resume(struct http_streams *set);
