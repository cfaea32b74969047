// SPDX-License-Identifier: Apache-2.0
/*
 * Network interfaces by rtnetlink(7) through libmnl: what the appliance and the agent must know of
 * one, and the things the agent sets on its own. IPv4 only. Every call opens a socket of its
 * own, asks once and blocks for the kernel's answer only.
 */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define NETIF_MAC_SIZE  6
#define NETIF_MAX       4096 /* most interfaces listed */
#define NETIF_NAMES_MAX 256

struct netif {
	char name[IF_NAMESIZE];
	int index;
	uint8_t mac[NETIF_MAC_SIZE];           /* zeros: no Ethernet address */
	uint8_t permanent_mac[NETIF_MAC_SIZE]; /* zeros: the driver tells none */
	bool loopback;
	bool ethernet;
	bool up;                /* set up by an administrator */
	bool carrier;           /* up, and the link is there */
	struct in_addr address; /* the first IPv4 address; 0: none */
	unsigned prefix;        /* its prefix length */
};

/* Lists all interfaces, in the kernel's order; the caller frees *ret. At most NETIF_MAX. */
int netif_list(struct netif **ret, size_t *ret_n, struct error *err);

/* Finds one by name. -ENODEV where there is none; the error names those there are. */
int netif_find(const char *name, struct netif *ret, struct error *err);

/* Makes `address`, one that the interface has besides others, the one told of in *n. -EADDRNOTAVAIL
 * where it has no such address. */
int netif_choose_address(struct netif *n, struct in_addr address, struct error *err);

/* "eno1 (10.9.0.1/24), eno2 (no address)": all but loopback, for messages. Returns out. */
const char *netif_names(const struct netif *list, size_t n, char out[static NETIF_NAMES_MAX]);

int netif_set_up(int index, struct error *err);

/* Gives the interface an address, or renews it: valid_s seconds, 0: for ever. */
int netif_add_address(
	int index, struct in_addr address, unsigned prefix, uint32_t valid_s, struct error *err);

/* Takes an address off; with its last one go the interface's routes. */
int netif_remove_address(int index, struct in_addr address, unsigned prefix, struct error *err);

/* Sets the default route, in the place of an earlier one. */
int netif_set_default_route(int index, struct in_addr gateway, struct error *err);
