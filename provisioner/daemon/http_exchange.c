// SPDX-License-Identifier: Apache-2.0
/* One request from its headers to its answer, at once or put off. */
#include "provisioner/daemon/http_server.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "provisioner/daemon/http_server_impl.h"
#include "provisioner/daemon/problem.h"

#define FLOOD_FACTOR 4 /* a body so many times its limit is a flood */

const char *http_header(struct http_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *http_query(struct http_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

uid_t http_peer_uid(struct http_exchange *x)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t n = sizeof(peer);

	if (!info || getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
		return (uid_t)-1;
	return peer.uid;
}

void http_defer(struct http_exchange *x)
{
	struct http_server *s = x->server;

	x->deferred = true;
	x->next = s->deferred;
	if (s->deferred)
		s->deferred->prev = x;
	s->deferred = x;
	MHD_suspend_connection(x->connection);
}

static void undefer(struct http_exchange *x)
{
	if (x->prev)
		x->prev->next = x->next;
	else
		x->server->deferred = x->next;
	if (x->next)
		x->next->prev = x->prev;
	x->deferred = false;
	MHD_resume_connection(x->connection);
	http_server_kick(x->server);
}

/* Sends, or keeps it until the connection that was put off has its turn. */
static void queue(struct http_exchange *x, int status, struct MHD_Response *response)
{
	if (response)
		(void)MHD_add_response_header(response, "Cache-Control", "no-store");
	if (x->deferred) {
		x->response = response;
		x->status = status;
		undefer(x);
		return;
	}
	if (!response)
		return;
	x->answered = MHD_queue_response(x->connection, (unsigned)status, response) == MHD_YES;
	MHD_destroy_response(response);
}

static void answer_text(struct http_exchange *x, int status, const char *type, char *text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);

	if (!response) {
		free(text);
		queue(x, status, NULL);
		return;
	}
	(void)MHD_add_response_header(response, "Content-Type", type);
	if (status == MHD_HTTP_UNAUTHORIZED)
		(void)MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
	queue(x, status, response);
}

void http_answer_json(struct http_exchange *x, int status, json_t *value)
{
	auto_json json_t *owned = value;
	struct error err = { 0 };
	char *text = NULL;

	if (!value || json_write(value, &text, &err) < 0) {
		(void)fail_memory(&err);
		http_answer_error(x, &err);
		return;
	}
	answer_text(x, status, "application/json", text);
}

void http_answer_error(struct http_exchange *x, const struct error *err)
{
	int status = problem_status(err);
	auto_json json_t *problem = problem_json(err, status);
	struct error ignored;
	char *text = NULL;

	if (status >= 500)
		log_err(err, x->path);
	/* without memory there is no answer: the connection is closed */
	if (problem && json_write(problem, &text, &ignored) == 0)
		answer_text(x, status, PROBLEM_TYPE, text);
	else
		queue(x, status, NULL);
}

void http_answer_stream(
	struct http_exchange *x, const char *content_type, const struct http_stream *stream)
{
	struct MHD_Response *response =
		http_streams_response(&x->server->streams, x->connection, stream);

	if (response)
		(void)MHD_add_response_header(response, "Content-Type", content_type);
	queue(x, MHD_HTTP_OK, response);
}

static void read_peer(struct MHD_Connection *c, char out[static HTTP_ADDRESS_MAX])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr_in *in = info ? (const void *)info->client_addr : NULL;

	out[0] = 0;
	if (in && in->sin_family == AF_INET)
		(void)inet_ntop(AF_INET, &in->sin_addr, out, HTTP_ADDRESS_MAX);
}

static void refuse_size(struct http_exchange *x)
{
	struct error err = { 0 };

	(void)fail_code(
		&err, EFBIG, "SW-5002", "the body is larger than %zu bytes", x->server->o.body_max);
	http_answer_error(x, &err);
}

static struct http_exchange *exchange_new(
	struct http_server *s, struct MHD_Connection *c, const char *path, const char *method)
{
	struct http_exchange *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->server = s;
	x->connection = c;
	x->method = method;
	x->path = path;
	x->body.max = s->o.body_max;
	read_peer(c, x->peer);
	return x;
}

/* Headers are in. A body past its limit is read all the same, so that its sender gets to the
 * answer; one that tells of being a flood is refused before its first byte. */
static enum MHD_Result begin(struct http_server *s, struct MHD_Connection *c, const char *path,
	const char *method, void **ctx)
{
	struct http_exchange *x = exchange_new(s, c, path, method);
	const char *length;

	*ctx = x;
	if (!x)
		return MHD_NO;
	length = http_header(x, "Content-Length");
	if (!length || strtoull(length, NULL, 10) <= FLOOD_FACTOR * s->o.body_max)
		return MHD_YES;
	refuse_size(x);
	return x->answered ? MHD_YES : MHD_NO;
}

/* What does not fit is not kept. */
static void take_body(struct http_exchange *x, const char *data, size_t n)
{
	x->seen += n;
	if (x->too_large)
		return;
	buf_add(&x->body, data, n);
	x->too_large = x->body.failed;
}

enum MHD_Result http_exchange_step(void *arg, struct MHD_Connection *c, const char *path,
	const char *method, const char *version, const char *data, size_t *data_size, void **ctx)
{
	struct http_server *s = arg;
	struct http_exchange *x = *ctx;

	(void)version;
	if (!x)
		return begin(s, c, path, method, ctx);
	if (*data_size > 0) {
		take_body(x, data, *data_size);
		*data_size = 0;
		return x->seen > FLOOD_FACTOR * s->o.body_max ? MHD_NO : MHD_YES;
	}
	x->path = path;
	if (x->response)
		queue(x, x->status, take_ptr(&x->response));
	else if (x->too_large)
		refuse_size(x);
	else
		s->o.handle(x, s->o.arg);
	return x->answered || x->deferred ? MHD_YES : MHD_NO;
}

void http_exchange_end(
	void *arg, struct MHD_Connection *c, void **ctx, enum MHD_RequestTerminationCode code)
{
	struct http_exchange *x = *ctx;

	(void)arg;
	(void)c;
	(void)code;
	if (!x)
		return;
	if (x->response)
		MHD_destroy_response(x->response);
	buf_done(&x->body);
	free(x);
	*ctx = NULL;
}
