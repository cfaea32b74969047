// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP requests on an sd-event loop: curl's multi interface tells which sockets and which timeout
 * it waits for, the loop tells it when one is due.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/http_request.h"

#define HOST_CONNECTIONS_MAX 16l

struct http_call {
	struct http_async *async;
	struct http_transfer transfer;
	struct http_response response;
	http_done_fn done;
	void *arg;
	bool waiting; /* started while curl was calling back: added once it has returned */
	struct http_call *prev, *next; /* among the running calls of async */
};

struct http_async {
	sd_event *loop;
	CURLM *multi;
	sd_event_source *timer;
	struct http_call *calls;
};

static void call_free(struct http_call *call)
{
	struct http_async *a = call->async;

	if (call->prev)
		call->prev->next = call->next;
	else if (a->calls == call)
		a->calls = call->next;
	if (call->next)
		call->next->prev = call->prev;
	if (call->transfer.easy) {
		(void)curl_multi_remove_handle(a->multi, call->transfer.easy); /* if it was added */
		curl_easy_cleanup(call->transfer.easy);
	}
	http_transfer_done(&call->transfer);
	http_response_done(&call->response);
	free(call);
}

static void call_finish(struct http_call *call, CURLcode code)
{
	struct error err = { 0 };
	int r = http_transfer_finish(&call->transfer, code, &err);

	call->done(&call->response, r < 0 ? &err : NULL, call->arg);
	call_free(call);
}

/* Gives curl what could not be given to it from within its own callbacks. */
static void waiting_add(struct http_async *a)
{
	struct http_call *next;

	for (struct http_call *call = a->calls; call; call = next) {
		next = call->next;
		if (!call->waiting)
			continue;
		call->waiting = false;
		if (curl_multi_add_handle(a->multi, call->transfer.easy) != CURLM_OK) {
			call_finish(call, CURLE_OUT_OF_MEMORY);
			next = a->calls; /* the callback may have ended any of them */
		}
	}
}

/* Calls back for whatever has ended. A callback may start or cancel other calls. */
static void reap(struct http_async *a)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(a->multi, &left))) {
		char *private = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
		call_finish((struct http_call *)private, msg->data.result);
	}
	waiting_add(a);
}

static int on_socket_event(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct http_async *a = arg;
	int running, flags = 0;

	(void)source;
	if (revents & EPOLLIN)
		flags |= CURL_CSELECT_IN;
	if (revents & EPOLLOUT)
		flags |= CURL_CSELECT_OUT;
	if (revents & (EPOLLERR | EPOLLHUP))
		flags |= CURL_CSELECT_ERR;
	(void)curl_multi_socket_action(a->multi, fd, flags, &running); /* reap tells the rest */
	reap(a);
	return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_async *a = arg;
	sd_event_source *source = socket_arg;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (source)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(a->loop, &source, fd, events, on_socket_event, a) < 0)
		return -1;
	return curl_multi_assign(a->multi, fd, source) == CURLM_OK ? 0 : -1;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct http_async *a = arg;
	int running;

	(void)source;
	(void)usec;
	(void)curl_multi_socket_action(a->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(a);
	return 0;
}

static int on_timeout_change(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_async *a = arg;

	(void)multi;
	if (timeout_ms < 0)
		return sd_event_source_set_enabled(a->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
	if (sd_event_source_set_time_relative(a->timer, (uint64_t)timeout_ms * 1000) < 0)
		return -1;
	return sd_event_source_set_enabled(a->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

int http_async_new(sd_event *loop, struct http_async **ret, struct error *err)
{
	struct http_async *a;
	int r = http_global_init(err);

	if (r < 0)
		return r;
	a = calloc(1, sizeof(*a));
	if (!a)
		return fail_memory(err);
	a->loop = sd_event_ref(loop);
	a->multi = curl_multi_init();
	r = sd_event_add_time_relative(loop, &a->timer, CLOCK_MONOTONIC, 0, 0, on_timer, a);
	if (!a->multi || r < 0 || sd_event_source_set_enabled(a->timer, SD_EVENT_OFF) < 0) {
		http_async_free(a);
		return fail_memory(err);
	}
	curl_multi_setopt(a->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(a->multi, CURLMOPT_SOCKETDATA, a);
	curl_multi_setopt(a->multi, CURLMOPT_TIMERFUNCTION, on_timeout_change);
	curl_multi_setopt(a->multi, CURLMOPT_TIMERDATA, a);
	curl_multi_setopt(a->multi, CURLMOPT_MAX_HOST_CONNECTIONS, HOST_CONNECTIONS_MAX);
	*ret = a;
	return 0;
}

void http_async_free(struct http_async *a)
{
	if (!a)
		return;
	while (a->calls)
		call_free(a->calls);
	curl_multi_cleanup(a->multi); /* closes idle connections through on_socket */
	sd_event_source_disable_unref(a->timer);
	sd_event_unref(a->loop);
	free(a);
}

static int call_prepare(struct http_call *call, const struct http_request *req, struct error *err)
{
	CURLMcode added;
	int r;

	call->transfer.easy = curl_easy_init();
	if (!call->transfer.easy)
		return fail_memory(err);
	r = http_transfer_prepare(&call->transfer, req, true, &call->response, err);
	if (r < 0)
		return r;
	curl_easy_setopt(call->transfer.easy, CURLOPT_PRIVATE, call);
	added = curl_multi_add_handle(call->async->multi, call->transfer.easy);
	call->waiting = added == CURLM_RECURSIVE_API_CALL;
	return added == CURLM_OK || call->waiting ? 0 : fail_memory(err);
}

int http_async_start(struct http_async *a, const struct http_request *req, http_done_fn done,
	void *arg, struct http_call **ret_call, struct error *err)
{
	struct http_call *call = calloc(1, sizeof(*call));
	int r;

	if (!call)
		return fail_memory(err);
	call->async = a;
	call->done = done;
	call->arg = arg;
	call->next = a->calls;
	if (a->calls)
		a->calls->prev = call;
	a->calls = call;
	r = call_prepare(call, req, err);
	if (r < 0) {
		call_free(call);
		return r;
	}
	if (ret_call)
		*ret_call = call;
	return 0;
}

void http_call_cancel(struct http_call *call)
{
	if (call)
		call_free(call);
}
