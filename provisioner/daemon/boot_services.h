// SPDX-License-Identifier: Apache-2.0
/*
 * DHCP and TFTP for the machines, by dnsmasq and in.tftpd as supervised children. From main():
 *
 *	boot_services_new(loop, &config, &events, &services, &err)     checks; nothing runs yet
 *	... bind the HTTP sockets at boot_services_address(services) ...
 *	boot_services_start(services, &err)                            children, look-out
 *	... sd_event_loop() ...                                        on_ready, and so on
 *	boot_services_free(services)                                   ends the children
 *
 * While it runs it looks out for foreign DHCP servers. While one answers, ours is
 * stopped and an alarm stands; it starts again when the other one is gone. In proxy mode it is the
 * other way round: the alarm stands while nobody gives addresses.
 */
#pragma once

#include <jansson.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "pxe/dnsmasq.h"
#include "pxe/dnsmasq_log.h"
#include "pxe/tftpd_log.h"

struct boot_config { /* copied; 0 and NULL where a default shall be taken */
	const char *interface;
	struct in_addr address; /* one of the interface's; 0: its first */
	const char *state_dir;  /* dnsmasq.conf, dnsmasq.leases, tftp/ */
	const char *run_dir;    /* tftpd-dev/ */
	const char
		*loader_dir; /* loaders the site prefers; what it lacks comes from Debian's ipxe */
	bool proxy;
	struct in_addr first, last; /* the range, see pxe_config_default() */
	uint32_t lease_s;
	struct in_addr router;
	struct in_addr dns[PXE_DNS_MAX];
	uint16_t http_port;
	int64_t watch_ms; /* between look-outs for other DHCP servers; 0: 30 s */
};

enum boot_alarm_kind {
	BOOT_ALARM_FOREIGN_DHCP, /* SW-1001: another server gives addresses; ours is stopped */
	BOOT_ALARM_NO_DHCP,      /* SW-1007: proxy mode, and nobody gives addresses */
	BOOT_ALARM_INTERFACE,    /* SW-1003, SW-1004: the interface is gone, down or changed */
};

struct boot_events {                 /* all called from the loop; NULL: not wanted */
	void (*on_ready)(void *arg); /* once: both children answer for the first time */
	void (*on_dhcp)(const struct dnsmasq_event *event, void *arg);
	void (*on_tftp)(const struct tftpd_event *event, void *arg);
	/* An alarm begins or ends; text says it in a sentence. */
	void (*on_alarm)(
		enum boot_alarm_kind kind, bool on, const char *code, const char *text, void *arg);
	void *arg;
};

struct boot_services;

/* Checks all that can be checked, writes what the children need, and starts nothing. Blocks for
 * up to PROBE_WAIT_MS and some 100 ms. Errors SW-1001 to SW-1006 tell what is in the way. */
int boot_services_new(sd_event *loop, const struct boot_config *config,
	const struct boot_events *events, struct boot_services **ret, struct error *err);
void boot_services_free(struct boot_services *b);

int boot_services_start(struct boot_services *b, struct error *err);

/* The interface's address, which everything is served at. */
struct in_addr boot_services_address(const struct boot_services *b);

/* {"interface","address","mode":"dhcp|proxy","range":[first,last]|null,"foreign_dhcp":"10.9.0.254"|"",
 *  "alarms":[{"code","text"}],"services":[{"name","state","pid","restarts","since_ms","last_end"}]}
 * A new reference, or NULL without memory. */
json_t *boot_services_json(const struct boot_services *b);
