// SPDX-License-Identifier: Apache-2.0
/* The command line, and what the interface itself tells. */
#include "provisioner/daemon/options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "provisioner/daemon/boot_check.h"

#define DATA_DIR "/share/slipway"

static const char usage[] =
	"Usage: slipwayd --iface IF [OPTION...]\n"
	"The appliance: DHCP, boot files, registry, and the machines' API on one interface.\n"
	"\n"
	"  --iface IF             serve on this interface\n"
	"  --address ADDR         our address on it (default: its own)\n"
	"  --range FIRST-LAST     give out these addresses (default: its whole network)\n"
	"  --proxy-dhcp           the site's own DHCP server gives the addresses\n"
	"  --no-dhcp              start neither DHCP nor TFTP\n"
	"  --http-port PORT       boot files and registry (default 80)\n"
	"  --machine-port PORT    machines' API (default 8443)\n"
	"  --state-dir DIR        default /var/lib/slipway, or $SLIPWAY_STATE_DIR\n"
	"  --run-dir DIR          default /run/slipway, or $SLIPWAY_RUN_DIR\n"
	"  --data-dir DIR         default share/slipway beside our folder, or $SLIPWAY_DATA_DIR\n"
	"  --sticks PATTERN       devices that count as sticks besides removable and USB ones\n"
	"  --verbose              log more\n"
	"  --help, --version\n";

enum option_letter {
	OPTION_IFACE = 256,
	OPTION_ADDRESS,
	OPTION_RANGE,
	OPTION_PROXY,
	OPTION_NO_DHCP,
	OPTION_HTTP_PORT,
	OPTION_MACHINE_PORT,
	OPTION_STATE,
	OPTION_RUN,
	OPTION_DATA,
	OPTION_STICKS,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "iface", required_argument, NULL, OPTION_IFACE },
	{ "address", required_argument, NULL, OPTION_ADDRESS },
	{ "range", required_argument, NULL, OPTION_RANGE },
	{ "proxy-dhcp", no_argument, NULL, OPTION_PROXY },
	{ "no-dhcp", no_argument, NULL, OPTION_NO_DHCP },
	{ "http-port", required_argument, NULL, OPTION_HTTP_PORT },
	{ "machine-port", required_argument, NULL, OPTION_MACHINE_PORT },
	{ "state-dir", required_argument, NULL, OPTION_STATE },
	{ "run-dir", required_argument, NULL, OPTION_RUN },
	{ "data-dir", required_argument, NULL, OPTION_DATA },
	{ "sticks", required_argument, NULL, OPTION_STICKS },
	{ "verbose", no_argument, NULL, OPTION_VERBOSE },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static int wrong(struct error *err, const char *what, const char *text)
{
	fail_code(err, EINVAL, "SW-1020", "%s '%s' is not valid", what, text);
	return fail_hint(err, "slipwayd --help");
}

static int parse_address(const char *text, struct in_addr *ret, struct error *err)
{
	return inet_pton(AF_INET, text, ret) == 1 ? 0 : wrong(err, "the address", text);
}

static int parse_port(const char *text, uint16_t *ret, struct error *err)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || port < 1 || port > 65535)
		return wrong(err, "the port", text);
	*ret = (uint16_t)port;
	return 0;
}

static int parse_range(const char *text, struct options *o, struct error *err)
{
	char first[INET_ADDRSTRLEN];
	const char *dash = strchr(text, '-');
	size_t n = dash ? (size_t)(dash - text) : 0;
	int r;

	if (n == 0 || n >= sizeof(first))
		return wrong(err, "the range", text);
	memcpy(first, text, n);
	first[n] = 0;
	r = parse_address(first, &o->range_first, err);
	return r == 0 ? parse_address(dash + 1, &o->range_last, err) : r;
}

static int apply(int letter, char *value, struct options *o, struct error *err)
{
	switch ((enum option_letter)letter) {
	case OPTION_IFACE:
		if (strlen(value) >= sizeof(o->iface) || !*value)
			return wrong(err, "the interface", value);
		snprintf(o->iface, sizeof(o->iface), "%s", value);
		return 0;
	case OPTION_ADDRESS:
		return parse_address(value, &o->address, err);
	case OPTION_RANGE:
		return parse_range(value, o, err);
	case OPTION_PROXY:
		o->proxy_dhcp = true;
		return 0;
	case OPTION_NO_DHCP:
		o->no_dhcp = true;
		return 0;
	case OPTION_HTTP_PORT:
		return parse_port(value, &o->http_port, err);
	case OPTION_MACHINE_PORT:
		return parse_port(value, &o->machine_port, err);
	case OPTION_STATE:
		o->state_dir = value;
		return 0;
	case OPTION_RUN:
		o->run_dir = value;
		return 0;
	case OPTION_DATA:
		o->data_dir = value;
		return 0;
	case OPTION_STICKS:
		o->sticks = value;
		return 0;
	case OPTION_VERBOSE:
		o->verbose = true;
		return 0;
	case OPTION_HELP:
		fputs(usage, stdout);
		return 1;
	case OPTION_VERSION:
		puts("slipwayd " SLIPWAY_VERSION);
		return 1;
	}
	fail_code(err, EINVAL, "SW-1020", "the command line is not valid");
	return fail_hint(err, "slipwayd --help");
}

static int look_at_interface(struct options *o, struct error *err)
{
	struct netif netif;
	int r;

	if (!o->iface[0]) {
		if (o->no_dhcp && o->address.s_addr)
			return 0;
		fail_code(err, EINVAL, "SW-1020", "which interface to serve on is not said");
		return fail_hint(err, "slipwayd --iface IF");
	}
	r = boot_interface_find(o->iface, o->address, &netif, err);
	if (r == 0)
		o->address = netif.address;
	return r;
}

/* Where this program was installed to PREFIX/sbin, its data is in PREFIX/share/slipway. */
static const char *data_dir_default(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(DATA_DIR));

	path[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(path, '/');

		if (slash)
			*slash = '\0';
	}
	(void)strncat(path, DATA_DIR, sizeof(DATA_DIR) - 1);
	return access(path, F_OK) == 0 ? path : "/usr" DATA_DIR;
}

static const char *environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

int options_parse(int argc, char **argv, struct options *ret, struct error *err)
{
	struct options o = {
		.state_dir = environment("SLIPWAY_STATE_DIR", "/var/lib/slipway"),
		.run_dir = environment("SLIPWAY_RUN_DIR", "/run/slipway"),
		.data_dir = environment("SLIPWAY_DATA_DIR", data_dir_default()),
		.http_port = 80,
		.machine_port = 8443,
	};
	int letter, r;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		r = apply(letter, optarg, &o, err);
		if (r != 0)
			return r;
	}
	if (optind < argc)
		return wrong(err, "the word", argv[optind]);
	r = look_at_interface(&o, err);
	if (r == 0)
		*ret = o;
	return r;
}
