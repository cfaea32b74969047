// SPDX-License-Identifier: Apache-2.0
/*
 * What dnsmasq logs of DHCP (log-dhcp), read back as events. It tells one packet over several lines
 * that share the transaction id, and works on one packet at a time:
 *
 *	dnsmasq-dhcp[81]: 2811212344 available DHCP range: 10.9.0.2 -- 10.9.0.254
 *	dnsmasq-dhcp[81]: 2811212344 vendor class: PXEClient:Arch:00007:UNDI:003016
 *	dnsmasq-dhcp[81]: 2811212344 DHCPDISCOVER(br0) 52:54:00:12:34:56
 *	dnsmasq-dhcp[81]: 2811212344 tags: arch7, br0
 *	dnsmasq-dhcp[81]: 2811212344 DHCPOFFER(br0) 10.9.0.76 52:54:00:12:34:56
 *	dnsmasq-dhcp[81]: 2811212344 requested options: 1:netmask, 3:router
 *	dnsmasq-dhcp[81]: 2811212344 bootfile name: snponly.efi
 *	dnsmasq-dhcp[81]: 2811212344 sent size:  1 option: 53 message-type  2
 *
 * What the machine said is an event at its line; what we answered, once its last line is known: at
 * a line of another packet, or at dnsmasq_log_flush(). Pure: lines in, events out, fixed memory.
 * Vendor class and boot file hold printable ASCII only, but they are the machine's words.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNSMASQ_TEXT_MAX 128

enum dnsmasq_event_kind {
	DNSMASQ_EVENT_DISCOVER,
	DNSMASQ_EVENT_OFFER,
	DNSMASQ_EVENT_REQUEST,
	DNSMASQ_EVENT_ACK,
	DNSMASQ_EVENT_NAK,
	DNSMASQ_EVENT_DECLINE,
	DNSMASQ_EVENT_RELEASE,
	DNSMASQ_EVENT_INFORM,
	DNSMASQ_EVENT_PROXY, /* a proxyDHCP answer: what to boot, no address */
};

struct dnsmasq_event {
	enum dnsmasq_event_kind kind;
	int64_t time_ms; /* as given with the line */
	uint32_t xid;
	uint8_t mac[6];
	struct in_addr address; /* 0: none said */
	int arch;               /* client architecture; -1: not told */
	bool ipxe;              /* the machine runs iPXE already */
	char vendor_class[DNSMASQ_TEXT_MAX];
	char boot_file[DNSMASQ_TEXT_MAX]; /* what it was told to load; "" for none, and for requests
					   */
	char note[DNSMASQ_TEXT_MAX];      /* dnsmasq's remark: "no address available" */
};

typedef void (*dnsmasq_event_fn)(const struct dnsmasq_event *event, void *arg);

struct dnsmasq_log {
	dnsmasq_event_fn on_event;
	void *arg;
	struct dnsmasq_event now; /* the packet of the lines that come in */
	bool open;                /* `now` has a transaction id */
	bool answered;            /* `now` is an answer that was not handed out yet */
};

/* Reads one line, without its newline. Lines of no interest are passed over. */
void dnsmasq_log_feed(struct dnsmasq_log *log, const char *line, size_t n, int64_t now_ms);

/* Hands out an answer that still waits for its last line. Call it when no line came for some 100
 * ms. */
void dnsmasq_log_flush(struct dnsmasq_log *log);

/* "offer", "ack", ...: for messages. */
const char *dnsmasq_event_name(enum dnsmasq_event_kind kind);
