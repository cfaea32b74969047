// SPDX-License-Identifier: Apache-2.0
/* Kernel device events. */
#include "base/uevent.h"

#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define KERNEL_GROUP  1
#define SOCKET_BUFFER (4 << 20) /* a server's devices all at once */

int uevent_parse(const uint8_t *p, size_t n, struct uevent *ret, struct error *err)
{
	struct uevent e = { "", "", "", "", "" };
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
		{ "ACTION=", &e.action },
		{ "SUBSYSTEM=", &e.subsystem },
		{ "DEVTYPE=", &e.devtype },
		{ "MODALIAS=", &e.modalias },
		{ "DEVNAME=", &e.devname },
	};

	if (n == 0 || p[n - 1] != '\0' || !strchr((const char *)p, '@'))
		return fail_code(err, EBADMSG, NULL, "this is no device event");
	for (size_t at = 0; at < n; at += strlen((const char *)p + at) + 1) {
		const char *text = (const char *)p + at;

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(text, keys[i].key, strlen(keys[i].key)) == 0)
				*keys[i].value = text + strlen(keys[i].key);
	}
	*ret = e;
	return 0;
}

int uevent_open(int *ret_fd, struct error *err)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int size = SOCKET_BUFFER;
	auto_close int fd = socket(
		AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return fail(err, errno, "opening a socket for device events");
	(void)setsockopt(
		fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)); /* else the default */
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return fail(err, errno, "binding a socket for device events");
	*ret_fd = take_fd(&fd);
	return 0;
}

int uevent_receive(int fd, uint8_t room[static UEVENT_MAX], struct uevent *ret)
{
	for (;;) {
		struct error err = { 0 };
		struct sockaddr_nl from = { 0 };
		socklen_t from_size = sizeof(from);
		ssize_t n = recvfrom(fd, room, UEVENT_MAX, 0, (struct sockaddr *)&from, &from_size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOBUFS ? 2 : 0;
		if (from.nl_pid == 0 && uevent_parse(room, (size_t)n, ret, &err) == 0)
			return 1;
	}
}
