// SPDX-License-Identifier: Apache-2.0
/*
 * Who holds a port: proc_net_tcp(5) and its kin name a socket's inode by local address, and
 * /proc/PID/fd says whose it is.
 *
 *	  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout
 *inode 122: 0100090A:0045 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0
 *4711
 */
#include "provisioner/daemon/port.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#define TABLE_MAX (4u << 20) /* of /proc/net/udp or tcp that is read */

static bool is_ours(const struct port *p, uint32_t address, unsigned port)
{
	return port == p->number &&
	       (!address || !p->address.s_addr || address == p->address.s_addr);
}

/* The inode of the socket at the port; 0: none. */
static uint64_t find_inode(const struct port *p)
{
	const char *path = p->type == SOCK_STREAM ? "/proc/net/tcp" : "/proc/net/udp";
	struct error ignored = { 0 }; /* without the table there is no name, and that is all */
	auto_buf table = { .max = TABLE_MAX };

	if (file_read(path, TABLE_MAX, &table, &ignored) < 0)
		return 0;
	for (const char *line = buf_str(&table); line; line = strchr(line, '\n')) {
		uint32_t address;
		unsigned port, state;
		uint64_t inode;

		line += *line == '\n';
		if (sscanf(line,
			    " %*u: %8" SCNx32 ":%4x %*x:%*x %2x %*x:%*x %*x:%*x %*x %*u %*u "
			    "%" SCNu64,
			    &address, &port, &state, &inode) != 4)
			continue;
		/* TCP: a listener (10) is what is in the way */
		if (is_ours(p, address, port) && (p->type != SOCK_STREAM || state == 10))
			return inode;
	}
	return 0;
}

static bool holds_socket(const char *pid, const char *socket)
{
	char path[300];
	auto_dir DIR *d = NULL;
	struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		char link[64];
		ssize_t n = readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);

		if (n < 0)
			continue;
		link[n] = '\0';
		if (strcmp(link, socket) == 0)
			return true;
	}
	return false;
}

static void read_name(const char *pid, char name[static 32])
{
	struct error ignored = { 0 }; /* gone meanwhile */
	auto_buf b = { .max = 64 };
	char path[300];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if (file_read(path, 64, &b, &ignored) == 0)
		snprintf(name, 32, "%.*s", (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
}

void port_owner_find(const struct port *p, struct port_owner *ret)
{
	uint64_t inode = find_inode(p);
	auto_dir DIR *d = inode ? opendir("/proc") : NULL;
	struct dirent *e;
	char socket[64];

	*ret = (struct port_owner){ 0 };
	snprintf(socket, sizeof(socket), "socket:[%" PRIu64 "]", inode);
	while (d && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]) || !holds_socket(e->d_name, socket))
			continue;
		ret->pid = (pid_t)strtol(e->d_name, NULL, 10);
		read_name(e->d_name, ret->name);
		return;
	}
}

/* -- the check -- */

static int try_bind(const struct port *p)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(p->number),
		.sin_addr = p->address,
	};
	auto_close int fd = socket(AF_INET, p->type | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -errno;
	if (p->interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, p->interface,
				    (socklen_t)strlen(p->interface)) < 0)
		return -errno;
	/* Connections that linger from an earlier run are in nobody's way. */
	if (p->type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	return bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
}

/* What Debian starts by itself where its package is installed. */
static const char *remedy(const char *program)
{
	static const char *const known[][2] = {
		{ "in.tftpd", "Use: systemctl disable --now tftpd-hpa" },
		{ "dnsmasq", "Use: systemctl disable --now dnsmasq" },
		{ "dhcpd", "Use: systemctl disable --now isc-dhcp-server" },
		{ "nginx", "Use: systemctl disable --now nginx" },
		{ "apache2", "Use: systemctl disable --now apache2" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(program, known[i][0]) == 0)
			return known[i][1];
	return "Stop it first.";
}

int port_check(const struct port *p, struct error *err)
{
	const char *kind = p->type == SOCK_STREAM ? "TCP" : "UDP";
	struct port_owner owner;
	char who[64] = "another program";
	int res = try_bind(p);

	if (res == 0)
		return 0;
	if (res != -EADDRINUSE)
		return fail(err, -res, "binding %s port %u for %s", kind, p->number, p->purpose);
	port_owner_find(p, &owner);
	if (owner.pid)
		snprintf(who, sizeof(who), "%s (pid %d)", owner.name, (int)owner.pid);
	(void)fail_code(err, EADDRINUSE, "SW-1002",
		"Can't serve %s: %s port %u is taken by %s. Nothing was started.", p->purpose, kind,
		p->number, who);
	return fail_hint(err, "%s", remedy(owner.name));
}

bool process_has_argument(pid_t pid, const char *arg)
{
	struct error ignored = { 0 }; /* a process that is gone has none */
	auto_buf b = { .max = 65536 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if (file_read(path, 65536, &b, &ignored) < 0)
		return false;
	for (const char *s = buf_str(&b), *end = s + b.len; s < end; s += strlen(s) + 1)
		if (strcmp(s, arg) == 0)
			return true;
	return false;
}
