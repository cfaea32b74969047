// SPDX-License-Identifier: Apache-2.0
/* Connects to the appliance, and says no more to it; how long it has been silent. */
#include "provisioner/agent/reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

static bool parse_server(const char *server, struct sockaddr_in *ret)
{
	char host[INET_ADDRSTRLEN];
	unsigned port;

	*ret = (struct sockaddr_in){ .sin_family = AF_INET };
	if (sscanf(server, "%15[0-9.]:%5u", host, &port) != 2 || port > UINT16_MAX)
		return false;
	ret->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, host, &ret->sin_addr) == 1;
}

bool reach_server(const char *server, int timeout_ms)
{
	struct sockaddr_in to;
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	int fault = 0;
	socklen_t size = sizeof(fault);

	if (fd < 0 || !parse_server(server, &to))
		return false;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	return errno == EINPROGRESS && poll(&wait, 1, timeout_ms) > 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 && fault == 0;
}

void reach_watch_start(struct reach_watch *w, int64_t now_ms)
{
	*w = (struct reach_watch){ .ask_ms = now_ms + REACH_ASK_MS };
}

bool reach_watch_told(struct reach_watch *w, int64_t now_ms, bool answers)
{
	if (answers) {
		reach_watch_start(w, now_ms);
		return false;
	}
	if (!w->silent_ms)
		w->silent_ms = now_ms;
	w->ask_ms = now_ms + REACH_AGAIN_MS;
	return now_ms - w->silent_ms >= REACH_SILENT_MS;
}
