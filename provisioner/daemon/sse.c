// SPDX-License-Identifier: Apache-2.0
/* One follower: where it stands, and the text of the event it is being sent. */
#include "provisioner/daemon/sse.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct follower {
	const struct events *events;
	int64_t next;       /* number of the event to be sent next */
	int64_t comment_ms; /* when a comment is due; monotonic */
	struct buf text;    /* being sent */
	size_t sent;
};

static void compose(struct follower *f)
{
	const struct event *event = events_find(f->events, f->next);
	int64_t now = monotonic_ms();

	buf_reset(&f->text);
	f->sent = 0;
	if (event) {
		buf_printf(&f->text, "id: %lld\nevent: %s\ndata: %s\n\n", (long long)event->number,
			event->type, event->data);
		f->next++;
	} else if (f->next != events_next(f->events)) {
		/* overrun, or numbers of an earlier life: the follower must read everything anew */
		f->next = events_next(f->events);
		buf_printf(
			&f->text, "id: %lld\nevent: reset\ndata: {}\n\n", (long long)f->next - 1);
	} else if (now >= f->comment_ms) {
		buf_puts(&f->text, ":\n\n");
	} else {
		return;
	}
	f->comment_ms = now + SSE_COMMENT_MS;
}

static ssize_t on_read(void *arg, char *p, size_t max)
{
	struct follower *f = arg;
	size_t n;

	if (f->sent == f->text.len)
		compose(f);
	n = f->text.len - f->sent;
	if (n > max)
		n = max;
	memcpy(p, buf_str(&f->text) + f->sent, n);
	f->sent += n;
	return (ssize_t)n;
}

static void on_free(void *arg)
{
	struct follower *f = arg;

	buf_done(&f->text);
	free(f);
}

void sse_answer(struct http_exchange *x, const struct events *events, int64_t after)
{
	const char *last = http_header(x, "Last-Event-ID");
	struct follower *f = calloc(1, sizeof(*f));
	struct http_stream stream = { on_read, on_free, f };
	struct error err = { 0 };

	if (!f) {
		(void)fail_memory(&err);
		http_answer_error(x, &err);
		return;
	}
	if (last && *last >= '0' && *last <= '9')
		after = strtoll(last, NULL, 10);
	f->events = events;
	f->next = after > 0 ? after + 1 : events_next(events);
	f->text.max = 1u << 20;
	http_answer_stream(x, "text/event-stream", &stream);
}
