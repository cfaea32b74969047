// SPDX-License-Identifier: Apache-2.0
/*
 * libmicrohttpd in our loop. It never waits itself: its epoll descriptor wakes us, its time-out
 * sets our timer, and MHD_run() does what is due. Suspended streams are the one trap: MHD must not
 * be stopped while there are any, so all are resumed and ended first.
 */
#include "provisioner/daemon/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "provisioner/daemon/http_stream.h"
#include "provisioner/daemon/problem.h"

#define TIMEOUT_S         60
#define FLOOD_FACTOR      4 /* a body so many times its limit is a flood */
#define DRAIN_MS          2000
#define TIMER_ACCURACY_US 1000

struct http_server {
	struct http_server_options o;
	sd_event *loop;
	struct MHD_Daemon *daemon;
	sd_event_source *io;
	sd_event_source *timer;
	struct http_streams streams;
	struct http_exchange *deferred;
};

static void run(struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;
	uint64_t now_us;

	(void)MHD_run(s->daemon); /* fails on a stopped daemon only */
	if (MHD_get_timeout(s->daemon, &timeout_ms) != MHD_YES) {
		(void)sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_now(s->loop, CLOCK_MONOTONIC, &now_us);
	(void)sd_event_source_set_time(s->timer, now_us + timeout_ms * 1000);
	(void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	(void)source;
	(void)fd;
	(void)revents;
	run(arg);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct http_server *s = arg;

	(void)source;
	(void)usec;
	http_streams_resume(&s->streams);
	run(s);
	return 0;
}

void http_server_wake(struct http_server *s)
{
	/* not from here: we may be within MHD_run() */
	if (s->streams.suspended) {
		(void)sd_event_source_set_time(s->timer, 0);
		(void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
	}
}

const char *http_header(struct http_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *http_query(struct http_exchange *x, const char *name)
{
	return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
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
	(void)sd_event_source_set_time(x->server->timer, 0);
	(void)sd_event_source_set_enabled(x->server->timer, SD_EVENT_ONESHOT);
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

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *path,
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

static void on_completed(
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

static void on_log(void *arg, const char *fmt, va_list ap)
{
	char line[256];

	(void)arg;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = 0;
	log_debug("http: %s", line);
}

static struct MHD_Daemon *start(struct http_server *s)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	const struct tls_identity *tls = s->o.tls;
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	struct MHD_OptionItem secure[] = {
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? tls->key_pem : NULL },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? tls->cert_pem : NULL },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)"SECURE128:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3" },
		{ MHD_OPTION_END, 0, NULL },
	};

	return MHD_start_daemon(flags | (tls ? MHD_USE_TLS : 0), 0, NULL, NULL, on_request, s,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, s->o.listen_fd,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
		s->o.connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->o.per_address_max,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_ARRAY,
		tls ? secure : none, MHD_OPTION_END);
}

int http_server_new(sd_event *loop, const struct http_server_options *o, struct http_server **ret,
	struct error *err)
{
	auto_close int listen_fd = o->listen_fd;
	struct http_server *s = calloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;
	int r;

	if (!s)
		return fail_memory(err);
	s->o = *o;
	s->loop = loop;
	s->daemon = start(s);
	if (!s->daemon) {
		free(s);
		return fail(err, EIO, "starting the HTTP server");
	}
	(void)take_fd(&listen_fd); /* libmicrohttpd closes it */
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	r = info ? sd_event_add_io(loop, &s->io, info->epoll_fd, EPOLLIN, on_io, s) : -EIO;
	if (r >= 0)
		r = sd_event_add_time(
			loop, &s->timer, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_US, on_timer, s);
	if (r < 0) {
		http_server_free(s);
		return fail(err, -r, "putting the HTTP server on the loop");
	}
	*ret = s;
	return 0;
}

static void answer_deferred(struct http_server *s)
{
	struct error err = { 0 };

	(void)fail_code(&err, ESHUTDOWN, "SW-1026", "the appliance is being stopped");
	while (s->deferred)
		http_answer_error(s->deferred, &err);
}

/* Everything suspended is resumed and told to end; what is being sent gets a moment. */
static void drain(struct http_server *s)
{
	int64_t until = monotonic_ms() + DRAIN_MS;

	answer_deferred(s);
	s->streams.ending = true;
	do {
		http_streams_resume(&s->streams);
		(void)MHD_run_wait(s->daemon, 10);
	} while (s->streams.open && monotonic_ms() < until);
	http_streams_resume(&s->streams);
	(void)MHD_run(s->daemon);
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	drain(s);
	sd_event_source_disable_unref(s->io);
	sd_event_source_disable_unref(s->timer);
	MHD_stop_daemon(s->daemon);
	free(s);
}
