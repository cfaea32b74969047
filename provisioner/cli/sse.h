// SPDX-License-Identifier: Apache-2.0
/*
 * Server-sent events (WHATWG HTML, "Server-sent events", "Interpreting an event stream"), taken
 * from pieces of a stream as they come. Comments and `retry` are passed over.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"

struct sse {
	struct buf line; /* the unfinished line */
	struct buf data; /* of the event being read */
	struct buf name; /* its `event` field */
	int64_t id;      /* the last id seen; 0: none */
	/* Called for each whole event; non-zero stops the feed and is what it returns. */
	int (*on_event)(int64_t id, const char *name, const char *data, void *arg);
	void *arg;
};

void sse_done(struct sse *s);
/* Takes n bytes; 0, what on_event returned, or -EFBIG for a line or event over 1 MiB. */
int sse_feed(struct sse *s, const char *p, size_t n);
