// SPDX-License-Identifier: Apache-2.0
/*
 * A DHCP client's socket: a packet socket on one interface, so that it works without an address,
 * beside any other DHCP client or server of this host, and whatever the firewall says. It gets IPv4
 * UDP datagrams for port 68 only (a filter in the kernel), sends from 0.0.0.0:68 or the given
 * address to port 67, and never blocks.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/dhcp.h"
#include "base/error.h"

/* Opens the socket on interface `index`; *ret_fd is non-blocking. */
int dhcp_socket_open(int index, int *ret_fd, struct error *err);

/* Broadcasts a request on the link. req->client, where set, is the source address. */
int dhcp_socket_send(int fd, int index, const struct dhcp_request *req, struct error *err);

/* Takes the next reply: 1 and *ret, or 0 where nothing is waiting. Datagrams that are no DHCP
 * reply are passed over. */
int dhcp_socket_receive(int fd, struct dhcp_reply *ret, struct error *err);
