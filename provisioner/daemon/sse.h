// SPDX-License-Identifier: Apache-2.0
/*
 * Events as a stream (WHATWG HTML, "Server-sent events"): `id:` is the event's number, a `reset`
 * event says that some were missed, and a comment every 15 s finds followers that are gone.
 */
#pragma once

#include "provisioner/daemon/events.h"
#include "provisioner/daemon/http_server.h"

#define SSE_COMMENT_MS 15000

/* Answers with a stream of what follows `after` (0: from now on; the header Last-Event-ID, where it
 * is there, goes before it). */
void sse_answer(struct http_exchange *x, const struct events *events, int64_t after);
