// SPDX-License-Identifier: Apache-2.0
/* A list of suspended streams. MHD asks a stream for bytes; without any it is suspended. */
#include "provisioner/daemon/http_stream.h"

#include <stdlib.h>

#define BLOCK_SIZE 4096

struct http_stream_state {
	struct http_streams *set;
	struct MHD_Connection *connection;
	struct http_stream stream;
	struct http_stream_state *next; /* among the suspended */
};

static ssize_t on_read(void *arg, uint64_t position, char *p, size_t max)
{
	struct http_stream_state *s = arg;
	ssize_t n;

	(void)position;
	n = s->set->ending ? -1 : s->stream.read(s->stream.arg, p, max);
	if (n < 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		MHD_suspend_connection(s->connection);
		s->next = s->set->suspended;
		s->set->suspended = s;
	}
	return n;
}

static void unlink_suspended(struct http_stream_state *s)
{
	struct http_stream_state **link = &s->set->suspended;

	while (*link && *link != s)
		link = &(*link)->next;
	if (*link)
		*link = s->next;
}

static void on_free(void *arg)
{
	struct http_stream_state *s = arg;

	unlink_suspended(s);
	s->set->open--;
	s->stream.free(s->stream.arg);
	free(s);
}

struct MHD_Response *http_streams_response(struct http_streams *set,
	struct MHD_Connection *connection, const struct http_stream *stream)
{
	struct http_stream_state *s = calloc(1, sizeof(*s));
	struct MHD_Response *response;

	if (!s) {
		stream->free(stream->arg);
		return NULL;
	}
	s->set = set;
	s->connection = connection;
	s->stream = *stream;
	set->open++;
	response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_SIZE, on_read, s, on_free);
	if (!response)
		on_free(s);
	return response;
}

void http_streams_resume(struct http_streams *set)
{
	while (set->suspended) {
		struct http_stream_state *s = set->suspended;

		set->suspended = s->next;
		s->next = NULL;
		MHD_resume_connection(s->connection);
	}
}
