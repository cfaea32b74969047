// SPDX-License-Identifier: Apache-2.0
/* socket, bind, listen. */
#include "provisioner/daemon/listen.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"

#define BACKLOG 1024

static int refuse_port(int errnum, const char *address, uint16_t port, struct error *err)
{
	if (errnum == EADDRINUSE) {
		fail_code(err, errnum, "SW-1002",
			"port %u of %s is taken by another program. Nothing was started", port,
			address);
		return fail_hint(err, "ss -ltnp 'sport = :%u' shows which", port);
	}
	if (errnum == EACCES) {
		fail_code(err, errnum, "SW-1025",
			"port %u may be used by root only. Nothing was started", port);
		return fail_hint(err, "run as root");
	}
	return fail(err, errnum, "listening on %s port %u", address, port);
}

int listen_tcp(struct in_addr address, uint16_t port, int *ret_fd, struct error *err)
{
	struct sockaddr_in where = {
		.sin_family = AF_INET, .sin_addr = address, .sin_port = htons(port)
	};
	char text[INET_ADDRSTRLEN] = "";
	auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	(void)inet_ntop(AF_INET, &address, text, sizeof(text));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		bind(fd, (const struct sockaddr *)&where, sizeof(where)) < 0 ||
		listen(fd, BACKLOG) < 0)
		return refuse_port(errno, text, port, err);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* True where somebody accepts connections there. */
static bool is_alive(const struct sockaddr_un *where)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)where, sizeof(*where)) == 0;
}

int listen_unix(const char *path, mode_t mode, int *ret_fd, struct error *err)
{
	struct sockaddr_un where = { .sun_family = AF_UNIX };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(where.sun_path))
		return fail(err, ENAMETOOLONG, "the socket '%s'", path);
	memcpy(where.sun_path, path, strlen(path) + 1);
	if (is_alive(&where)) {
		fail_code(err, EADDRINUSE, "SW-1024",
			"another slipwayd answers on %s. Nothing was started", path);
		return fail_hint(err, "stop it first, or give another --run-dir");
	}
	if (unlink(path) < 0 && errno != ENOENT)
		return fail(err, errno, "removing the old socket '%s'", path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&where, sizeof(where)) < 0 ||
		chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0)
		return fail(err, errno, "listening on '%s'", path);
	*ret_fd = take_fd(&fd);
	return 0;
}
