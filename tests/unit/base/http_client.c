// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/http_client.h"

/* A peer that answers every request with the same bytes until its listener is shut down. */
struct peer {
	int fd;
	uint16_t port;
	pthread_t thread;
};

#define ANSWER                                                                                     \
	"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"                     \
	"Content-Length: 5\r\n\r\nhello"

static void *peer_run(void *arg)
{
	struct peer *peer = arg;
	int fd;

	while ((fd = accept(peer->fd, NULL, NULL)) >= 0) {
		struct error err = { 0 };
		char request[4096];

		if (read(fd, request, sizeof(request)) > 0)
			(void)write_all(fd, ANSWER, strlen(ANSWER), &err); /* the client tells */
		close(fd);
	}
	return NULL;
}

static int setup(void **state)
{
	static struct peer peer;
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	peer.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(peer.fd, (struct sockaddr *)&at, n) < 0 || listen(peer.fd, 8) < 0 ||
		getsockname(peer.fd, (struct sockaddr *)&at, &n) < 0)
		return -1;
	peer.port = ntohs(at.sin_port);
	*state = &peer;
	return pthread_create(&peer.thread, NULL, peer_run, &peer);
}

static int teardown(void **state)
{
	struct peer *peer = *state;

	shutdown(peer->fd, SHUT_RDWR);
	close(peer->fd);
	return pthread_join(peer->thread, NULL);
}

static const char *url_of(const struct peer *peer)
{
	static char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/x?secret=1", peer->port);
	return url;
}

static void test_blocking(void **state)
{
	struct http_request req = { .url = url_of(*state) };
	auto_response r = { 0 };
	struct http_client *c = NULL;
	struct error err = { 0 };

	assert_int_equal(http_client_new(&c, &err), 0);
	assert_int_equal(http_do(c, &req, &r, &err), 0);
	assert_int_equal(r.status, 200);
	assert_string_equal(buf_str(&r.body), "hello");
	assert_string_equal(r.content_type, "text/plain");
	http_client_free(c);
}

static void test_limit_and_refusal(void **state)
{
	struct http_request small = { .url = url_of(*state), .max_body = 4 };
	struct http_request refused = { .url = "http://127.0.0.1:1/y?secret=1" };
	auto_response r = { 0 };
	auto_response r2 = { 0 };
	struct http_client *c = NULL;
	struct error err = { 0 };

	assert_int_equal(http_client_new(&c, &err), 0);
	assert_int_equal(http_do(c, &small, &r, &err), -EFBIG);
	assert_int_equal(http_do(c, &refused, &r2, &err), -ECONNREFUSED);
	assert_non_null(strstr(err.text, "http://127.0.0.1:1/y"));
	assert_null(strstr(err.text, "secret"));
	http_client_free(c);
}

struct wait {
	sd_event *loop;
	int answers, errors;
};

static void on_done(struct http_response *r, const struct error *err, void *arg)
{
	struct wait *w = arg;

	if (err)
		w->errors++;
	else if (strcmp(buf_str(&r->body), "hello") == 0)
		w->answers++;
	if (w->answers + w->errors == 3)
		sd_event_exit(w->loop, 0);
}

static void test_asynchronous(void **state)
{
	struct http_request good = { .url = url_of(*state) };
	struct http_request bad = { .url = "http://127.0.0.1:1/" };
	struct http_async *a = NULL;
	struct http_call *cancelled = NULL;
	struct error err = { 0 };
	struct wait w = { 0 };

	assert_true(sd_event_new(&w.loop) >= 0);
	assert_int_equal(http_async_new(w.loop, &a, &err), 0);
	assert_int_equal(http_async_start(a, &good, on_done, &w, NULL, &err), 0);
	assert_int_equal(http_async_start(a, &good, on_done, &w, &cancelled, &err), 0);
	assert_int_equal(http_async_start(a, &bad, on_done, &w, NULL, &err), 0);
	assert_int_equal(http_async_start(a, &good, on_done, &w, NULL, &err), 0);
	http_call_cancel(cancelled);
	assert_int_equal(sd_event_loop(w.loop), 0);
	assert_int_equal(w.answers, 2);
	assert_int_equal(w.errors, 1);
	http_async_free(a);
	sd_event_unref(w.loop);
}

struct chain {
	struct http_async *async;
	struct http_request next;
	struct wait *wait;
};

/* Called by curl, which lets nobody add a transfer now. */
static int on_chunk(const void *p, size_t n, void *arg)
{
	struct chain *chain = arg;
	struct error err = { 0 };

	(void)p;
	(void)n;
	for (int i = 0; i < 2; i++)
		assert_int_equal(http_async_start(chain->async, &chain->next, on_done, chain->wait,
					 NULL, &err),
			0);
	return 0;
}

static void test_started_from_a_chunk(void **state)
{
	struct wait w = { .errors = 1 };
	struct chain chain = { .next = { .url = url_of(*state) }, .wait = &w };
	struct http_request first = {
		.url = url_of(*state), .on_data = on_chunk, .on_data_arg = &chain
	};
	struct error err = { 0 };

	assert_true(sd_event_new(&w.loop) >= 0);
	assert_int_equal(http_async_new(w.loop, &chain.async, &err), 0);
	assert_int_equal(http_async_start(chain.async, &first, on_done, &w, NULL, &err), 0);
	assert_int_equal(sd_event_loop(w.loop), 0);
	assert_int_equal(w.answers, 2);
	http_async_free(chain.async);
	sd_event_unref(w.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocking),
		cmocka_unit_test(test_limit_and_refusal),
		cmocka_unit_test(test_asynchronous),
		cmocka_unit_test(test_started_from_a_chunk),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
