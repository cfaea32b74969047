// SPDX-License-Identifier: Apache-2.0
/* What slipwayd was started with. */
#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct options {
	char iface[IF_NAMESIZE]; /* "" with --no-dhcp and --address alone */
	struct in_addr address;  /* ours; read from the interface where it is not given */
	const char *state_dir;
	const char *run_dir;
	const char *data_dir;
	struct in_addr range_first; /* 0: the whole network */
	struct in_addr range_last;
	bool proxy_dhcp; /* the site's own server gives the addresses */
	bool no_dhcp;    /* start neither dnsmasq nor in.tftpd */
	uint16_t http_port;
	uint16_t machine_port;
	const char *sticks; /* pattern of devices that count as sticks too; NULL: none */
	bool verbose;
};

/* Fills in from argv and the environment. 1: --help or --version was asked for and printed. -EINVAL
 * with SW-1020 where an option is wrong, -ENODEV where the interface or its address is missing. */
int options_parse(int argc, char **argv, struct options *ret, struct error *err);
