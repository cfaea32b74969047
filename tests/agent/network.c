// SPDX-License-Identifier: Apache-2.0
/*
 * The agent's network from a command line, for test_network.py:
 *
 *	network SERVER MAC      finds a network, says so, and keeps it until its input ends
 */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "provisioner/agent/network.h"

int main(int argc, char **argv)
{
	struct cmdline c = { 0 };
	struct error err = { 0 };
	struct network *network;
	struct screen screen;
	char byte;

	if (argc != 3 || cmdline_set(&c, "server", argv[1], &err) < 0 ||
		cmdline_set(&c, "mac", argv[2], &err) < 0)
		return 2;
	screen_open(&screen, false);
	if (network_start(&c, &screen, &network, &err) < 0) {
		log_err(&err, "network");
		return 1;
	}
	screen_state(&screen, NULL, "found");
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	network_stop(network);
	screen_done(&screen);
	return 0;
}
