// SPDX-License-Identifier: Apache-2.0
/*
 * dnsmasq as our DHCP or proxyDHCP server: its configuration and how it is started. Its log is read
 * back by pxe/dnsmasq_log.h. It does DHCP alone: no DNS (port=0), no TFTP, no scripts.
 *
 * In proxy mode the site's own server gives the addresses and we add what to boot; firmware that
 * does UEFI HTTP boot cannot be helped that way, because dnsmasq answers PXEClient only.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define PXE_DNS_MAX 3

struct pxe_config {
	char interface[IF_NAMESIZE];
	struct in_addr address; /* the interface's own */
	unsigned prefix;        /* 8 to 30 */
	bool proxy;             /* give no addresses */
	struct in_addr first;   /* of the range; 0: pxe_config_default() chooses */
	struct in_addr last;
	bool ping;             /* make sure that an address is free before it is offered */
	uint32_t lease_s;      /* 0: a day */
	struct in_addr router; /* 0: our own address, see pxe_config_default() */
	struct in_addr dns[PXE_DNS_MAX]; /* 0: the end */
	uint16_t http_port;              /* where /boot/ is served; 0: 80 */
	const char *lease_file;          /* absolute path */
};

/*
 * Fills in what was left 0 and checks the rest. Without a range it is the whole subnet but the
 * network's, the broadcast and our own address (dnsmasq leaves that out by itself), and `ping` is
 * set: other hosts with fixed addresses may be in there, and the first offers then take 3 s. The
 * default router is our own address even where that leads nowhere: programs of a node (kubelet
 * among them) find their own address by the default route.
 */
int pxe_config_default(struct pxe_config *c, struct error *err);

/* Writes the configuration. -EINVAL where a value cannot stand in it. */
int dnsmasq_config_format(const struct pxe_config *c, struct buf *out, struct error *err);

/* Puts a configuration in place at `path` if dnsmasq itself takes it (dnsmasq --test); otherwise
 * the file that is there stays as it was. Blocks for the test. */
int dnsmasq_config_apply(const char *path, const struct buf *text, struct error *err);

#define DNSMASQ_ARGV_MAX 4

struct dnsmasq_argv {
	char conf[4096 + 16];
	const char *argv[DNSMASQ_ARGV_MAX];
};

/* The command that serves by the configuration at `path`: stays in the foreground, log on stderr,
 * drops to nobody. SIGHUP makes it write one log line, which shows that it is alive. */
void dnsmasq_argv(struct dnsmasq_argv *a, const char *path);
