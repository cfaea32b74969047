// SPDX-License-Identifier: Apache-2.0
/*
 * libmicrohttpd in our loop. It never waits itself: its epoll descriptor wakes us, its time-out
 * sets our timer, and MHD_run() does what is due. Suspended streams are the one trap: MHD must not
 * be stopped while there are any, so all are resumed and ended first.
 */
#include "provisioner/daemon/http_server.h"

#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "provisioner/daemon/http_log.h"
#include "provisioner/daemon/http_server_impl.h"

#define TIMEOUT_S         60
#define DRAIN_MS          2000
#define TIMER_ACCURACY_US 1000

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

void http_server_kick(struct http_server *s)
{
	(void)sd_event_source_set_time(s->timer, 0);
	(void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

void http_server_wake(struct http_server *s)
{
	if (s->streams.suspended)
		http_server_kick(s);
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

	return MHD_start_daemon(flags | (tls ? MHD_USE_TLS : 0), 0, NULL, NULL, http_exchange_step,
		s, MHD_OPTION_EXTERNAL_LOGGER, http_log, NULL, MHD_OPTION_LISTEN_SOCKET,
		s->o.listen_fd, MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end, NULL,
		MHD_OPTION_CONNECTION_LIMIT, s->o.connections_max,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, s->o.per_address_max,
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
