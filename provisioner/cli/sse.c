// SPDX-License-Identifier: Apache-2.0
/* Reads an event stream line by line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "provisioner/cli/sse.h"

void sse_done(struct sse *s)
{
	buf_done(&s->line);
	buf_done(&s->data);
	buf_done(&s->name);
}

/* An empty line: the event is whole. */
static int event_end(struct sse *s)
{
	int r = 0;

	if (s->data.failed || s->name.failed)
		return -EFBIG;
	if (s->data.len > 0)
		r = s->on_event(s->id, buf_str(&s->name), buf_str(&s->data), s->arg);
	buf_reset(&s->data);
	buf_reset(&s->name);
	return r;
}

static void field_take(struct sse *s, const char *field, const char *value)
{
	if (strcmp(field, "data") == 0) {
		if (s->data.len)
			buf_puts(&s->data, "\n");
		buf_puts(&s->data, value);
	} else if (strcmp(field, "event") == 0) {
		buf_reset(&s->name);
		buf_puts(&s->name, value);
	} else if (strcmp(field, "id") == 0) {
		s->id = strtoll(value, NULL, 10);
	}
}

static int line_take(struct sse *s)
{
	char *line = s->line.data;
	char *colon;

	if (s->line.failed)
		return -EFBIG;
	if (s->line.len == 0)
		return event_end(s);
	colon = strchr(line, ':');
	if (colon == line)
		return 0;
	if (colon)
		*colon++ = '\0';
	field_take(s, line, !colon ? "" : *colon == ' ' ? colon + 1 : colon);
	return 0;
}

int sse_feed(struct sse *s, const char *p, size_t n)
{
	s->line.max = s->data.max = 1u << 20;
	while (n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t part = end ? (size_t)(end - p) : n;
		int r;

		buf_add(&s->line, p, part);
		if (!end)
			return s->line.failed ? -EFBIG : 0;
		if (s->line.len && s->line.data[s->line.len - 1] == '\r')
			s->line.data[--s->line.len] = '\0';
		r = line_take(s);
		buf_reset(&s->line);
		if (r)
			return r;
		p += part + 1;
		n -= part + 1;
	}
	return 0;
}
