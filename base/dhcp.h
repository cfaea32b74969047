// SPDX-License-Identifier: Apache-2.0
/*
 * DHCPv4 messages as a client sees them (RFC 2131, options of RFC 2132 and RFC 4578): requests are
 * built, replies are parsed. Bytes only: sockets are in base/dhcp_socket.h, and when to send what
 * is the caller's business (the agent's lease, the appliance's look-out for foreign servers).
 *
 * A message is 236 fixed bytes, the magic cookie and options of (code, length, bytes). Option 52
 * says that the fields `file` and `sname` hold options as well. Where an option comes twice the
 * first one counts. Nothing of a reply is believed beyond its bounds.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_MAC_SIZE    6
#define DHCP_MESSAGE_MAX 576 /* what every host must accept (RFC 2131, section 2) */
#define DHCP_ADDRS_MAX   4   /* most routers, DNS and NTP servers kept of a reply */
#define DHCP_FILE_MAX    256

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_DECLINE = 4,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_RELEASE = 7,
};

struct dhcp_request {
	enum dhcp_type type;
	uint32_t xid;
	uint8_t mac[DHCP_MAC_SIZE];
	uint16_t elapsed_s;       /* since the client began to ask */
	bool broadcast;           /* replies shall be broadcast: no address is set up yet */
	struct in_addr client;    /* ciaddr: the address in use (renewing); 0: none */
	struct in_addr requested; /* option 50; 0: not sent */
	struct in_addr server;    /* option 54, the server chosen; 0: not sent */
	int arch;                 /* option 93, client architecture; -1: not sent */
	const char *vendor_class; /* option 60, at most 64 bytes; NULL: not sent */
	const char *hostname;     /* option 12, at most 63 bytes; NULL: not sent */
};

struct dhcp_addrs {
	struct in_addr at[DHCP_ADDRS_MAX];
	size_t n;
};

struct dhcp_reply {
	enum dhcp_type type;
	uint32_t xid;
	uint8_t mac[DHCP_MAC_SIZE];
	struct in_addr address;     /* yiaddr: the address given; 0: none (proxyDHCP) */
	struct in_addr next_server; /* siaddr; 0: none */
	struct in_addr relay;       /* giaddr; 0: the server is on this network */
	struct in_addr server;      /* option 54; 0: none */
	unsigned prefix;            /* from option 1; 0: none */
	struct dhcp_addrs routers;
	struct dhcp_addrs dns;
	struct dhcp_addrs ntp;
	uint32_t lease_s;              /* 0: not told */
	uint32_t renew_s;              /* T1; 0: not told (half the lease) */
	uint32_t rebind_s;             /* T2; 0: not told (7/8 of the lease) */
	char vendor_class[65];         /* printable bytes only, or "" */
	char boot_file[DHCP_FILE_MAX]; /* option 67 or `file`; printable bytes only, or "" */
};

/* Builds the message into out; *ret_n is its size. -EINVAL where a text is too long. */
int dhcp_request_build(const struct dhcp_request *req, uint8_t out[static DHCP_MESSAGE_MAX],
	size_t *ret_n, struct error *err);

/* Reads a server's message. -EBADMSG where it is none: too short, no cookie, no type, not Ethernet,
 * an option past its end. *ret is set on success only. */
int dhcp_reply_parse(const uint8_t *p, size_t n, struct dhcp_reply *ret, struct error *err);
