// SPDX-License-Identifier: Apache-2.0
/*
 * Whether a port can be had, and who holds it otherwise: one clear error in place of a child's or a
 * library's "Address already in use". Who it is comes from /proc, as far as that may be read.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct port {
	int type;               /* SOCK_STREAM or SOCK_DGRAM */
	struct in_addr address; /* 0: all */
	uint16_t number;
	const char *interface; /* the socket shall hear this interface only; NULL: any */
	const char *purpose;   /* "DHCP", "TFTP", "HTTP" */
};

/* Tries to bind it, and lets it go: 0, or -EADDRINUSE with code SW-1002 and the holder's name. */
int port_check(const struct port *p, struct error *err);

struct port_owner {
	pid_t pid;     /* 0: /proc does not tell */
	char name[32]; /* of its program, or "" */
};

/* Finds a process that holds the port on the address or on all. */
void port_owner_find(const struct port *p, struct port_owner *ret);

/* True where one of the process's arguments is exactly `arg`. */
bool process_has_argument(pid_t pid, const char *arg);
