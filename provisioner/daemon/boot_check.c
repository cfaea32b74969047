// SPDX-License-Identifier: Apache-2.0
/* The checks before anything is served. */
#include "provisioner/daemon/boot_check.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/dhcp.h"
#include "base/file.h"
#include "provisioner/daemon/port.h"
#include "pxe/probe.h"
#include "pxe/tftpd.h"

#define PROXY_DHCP_PORT 4011
#define ORPHAN_WAIT_MS  2000

/* SW-1004 where an interface cannot serve as it is; names are those there are. */
static int interface_check(
	struct netif *n, struct in_addr address, const char *names, struct error *err)
{
	const char *why = !n->address.s_addr ? "has no IPv4 address" : !n->up ? "is down" : NULL;
	char text[INET_ADDRSTRLEN] = "";

	if (why)
		return fail_code(err, EADDRNOTAVAIL, "SW-1004",
			"Can't serve on %s: it %s. Nothing was started. Interfaces: %s.", n->name,
			why, names);
	if (!address.s_addr || netif_choose_address(n, address, err) == 0)
		return 0;
	(void)inet_ntop(AF_INET, &address, text, sizeof(text)); /* fails for short buffers only */
	return fail_code(err, EADDRNOTAVAIL, "SW-1004",
		"Can't serve on %s: it does not have the address %s. Nothing was started. "
		"Interfaces: %s.",
		n->name, text, names);
}

int boot_interface_find(
	const char *name, struct in_addr address, struct netif *ret, struct error *err)
{
	auto_free struct netif *list = NULL;
	char names[NETIF_NAMES_MAX];
	size_t n = 0;
	int res = netif_list(&list, &n, err);

	if (res < 0)
		return res;
	netif_names(list, n, names);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, name) == 0) {
			*ret = list[i];
			return interface_check(ret, address, names, err);
		}
	}
	return fail_code(err, ENODEV, "SW-1003",
		"Can't serve on '%s': there is no such interface. Nothing was started. "
		"Interfaces: %s.",
		name, names);
}

/* -- ports -- */

static pid_t parent_of(pid_t pid)
{
	struct error ignored = { 0 }; /* a process that is gone has none */
	auto_buf b = { .max = 4096 };
	char path[64];
	const char *s;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(path, 4096, &b, &ignored) < 0)
		return 0;
	s = strrchr(buf_str(&b), ')'); /* the name before it may hold anything */

	int parent = 0;

	return s && sscanf(s, ") %*c %d", &parent) == 1 ? (pid_t)parent : 0;
}

static void read_name(const char *pid, struct buf *ret)
{
	struct error ignored = { 0 }; /* a process that is gone has none */
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	(void)file_read(path, 64, ret, &ignored);
}

/* True where the process is another one of our own program. */
static bool is_like_us(pid_t pid)
{
	auto_buf own = { .max = 64 };
	auto_buf its = { .max = 64 };
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	read_name("self", &own);
	read_name(text, &its);
	return strcmp(buf_str(&own), buf_str(&its)) == 0;
}

/* Ends a child that outlived an earlier run of ours. Children die with their parent, but dnsmasq
 * changes its user, and the kernel forgets that wish. A child of a slipwayd that runs is left
 * alone. */
static void end_orphan(const struct port *port, const char *argument)
{
	struct port_owner owner;

	port_owner_find(port, &owner);
	if (!owner.pid || !process_has_argument(owner.pid, argument) ||
		is_like_us(parent_of(owner.pid)))
		return;

	auto_close int pidfd = (int)syscall(SYS_pidfd_open, owner.pid, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0 || !process_has_argument(owner.pid, argument))
		return; /* gone; its pid may be another's */
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0) == 0 &&
		poll(&ended, 1, ORPHAN_WAIT_MS) == 0 &&
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0)
		(void)poll(&ended, 1, ORPHAN_WAIT_MS); /* the check below tells */
}

int boot_ports_check(
	const struct pxe_config *c, const char *conf_path, const char *tftp_dir, struct error *err)
{
	const struct port dhcp = {
		.type = SOCK_DGRAM,
		.number = DHCP_SERVER_PORT,
		.interface = c->interface,
		.purpose = "DHCP",
	};
	const struct port tftp = {
		.type = SOCK_DGRAM,
		.address = c->address,
		.number = TFTP_PORT,
		.purpose = "TFTP",
	};
	struct port proxy = dhcp;
	struct dnsmasq_argv own;
	int res;

	dnsmasq_argv(&own, conf_path);
	end_orphan(&dhcp, own.conf);
	end_orphan(&tftp, tftp_dir);
	res = port_check(&dhcp, err);
	if (res == 0 && c->proxy) {
		proxy.number = PROXY_DHCP_PORT;
		proxy.purpose = "proxyDHCP";
		res = port_check(&proxy, err);
	}
	return res == 0 ? port_check(&tftp, err) : res;
}

int boot_foreign_check(const struct netif *netif, struct error *err)
{
	struct probe_server server;
	char id[INET_ADDRSTRLEN] = "";
	int res = probe_run(netif->index, netif->address, &server, err);

	if (res < 0)
		return fail_in(err, "looking for other DHCP servers on %s", netif->name);
	if (res != PROBE_FOREIGN)
		return 0;
	(void)inet_ntop(AF_INET, &server.id, id, sizeof(id)); /* fails for short buffers only */
	(void)fail_code(err, EADDRINUSE, "SW-1001",
		"Can't serve DHCP on %s: %s already does. Nothing was started.", netif->name, id);
	return fail_hint(err, "Use --proxy-dhcp.");
}
