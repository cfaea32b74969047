// SPDX-License-Identifier: Apache-2.0
/*
 * Looks out for another DHCP server on our network: it asks as a machine would (a broadcast
 * DISCOVER with a made-up, locally administered MAC) and listens for offers. A lease is never
 * taken. Our own server does not hear it, for the question leaves by the wire; an answer under our
 * own address is left out all the same.
 *
 * A server that gives no address (proxyDHCP) is told apart: beside one we may serve addresses.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* How long answers are waited for. Servers look first whether an address is free before they offer
 * it: dnsmasq pings for 3 s, ISC dhcpd for 1 s. */
#define PROBE_WAIT_MS 4000

struct probe_server {
	struct in_addr id;      /* the server's address */
	struct in_addr offered; /* the address it would give; 0: proxyDHCP */
	unsigned prefix;        /* of the net it serves; 0: not told */
};

/* A look-out on one interface. Each round asks at once, and again after 1 and 2 s. */
struct probe {
	int fd; /* readable: call probe_step(); -1: not open */
	int index;
	struct in_addr own;
	uint8_t mac[6]; /* made up once, and kept: a small pool shall not be used up by us */
	uint32_t xid;
	int64_t started_ms; /* of the round; monotonic */
	unsigned sent;      /* requests of the round */
};

#define PROBE_INIT                                                                                 \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Opens the socket on interface `index`, whose address is `own`. A probe that was closed can be
 * opened again. */
int probe_open(struct probe *p, int index, struct in_addr own, struct error *err);
void probe_close(struct probe *p);

enum probe_outcome {
	PROBE_WAITING, /* call again when fd is readable, or at probe_next_ms() */
	PROBE_ALONE,   /* nobody answered within PROBE_WAIT_MS */
	PROBE_FOREIGN, /* another server gives addresses: *ret */
	PROBE_PROXY,   /* the round goes on; a proxyDHCP server answered: *ret */
};

/* Begins a round. The first request goes out with the first step. */
int probe_begin(struct probe *p, int64_t now_ms, struct error *err);

/* Sends what is due and takes what came; never blocks. Positive outcomes are those above (0:
 * PROBE_WAITING); a round is over at PROBE_ALONE and PROBE_FOREIGN. */
int probe_step(struct probe *p, int64_t now_ms, struct probe_server *ret, struct error *err);

/* When the next step is due by time alone; monotonic. */
int64_t probe_next_ms(const struct probe *p);

/* One round from begin to end, blocking up to PROBE_WAIT_MS: PROBE_ALONE or PROBE_FOREIGN. */
int probe_run(int index, struct in_addr own, struct probe_server *ret, struct error *err);
