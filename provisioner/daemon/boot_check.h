// SPDX-License-Identifier: Apache-2.0
/*
 * What must hold before DHCP and TFTP are served: the interface is there and has an address, the
 * ports are free, no other DHCP server answers. Nothing is started and nothing is changed, but for
 * children of an earlier run of ours that was killed: those are ended.
 */
#pragma once

#include "base/error.h"
#include "base/netif.h"
#include "pxe/dnsmasq.h"

/* Finds the interface to serve, and checks that it has the address (0: any). SW-1003: there is none
 * of that name; SW-1004: it has no IPv4 address, or not that one, or is not set up. The errors name
 * the interfaces there are. */
int boot_interface_find(
	const char *name, struct in_addr address, struct netif *ret, struct error *err);

/* SW-1002 where a port is taken. conf_path and tftp_dir are how our own children are known. */
int boot_ports_check(
	const struct pxe_config *c, const char *conf_path, const char *tftp_dir, struct error *err);

/* SW-1001 where another server gives addresses. Blocks for PROBE_WAIT_MS where none does. */
int boot_foreign_check(const struct netif *netif, struct error *err);
