// SPDX-License-Identifier: Apache-2.0
/* slipway up: checks what can be checked, imports bundles, and starts or becomes slipwayd. */
#include <ifaddrs.h>
#include <libgen.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/up.h"

#define DAEMON "slipwayd"

/* True where the interface has an IPv4 address. */
static int interface_addressed(const char *name, bool *ret, struct error *err)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		return fail(err, errno, "listing network interfaces");
	for (struct ifaddrs *a = all; a; a = a->ifa_next)
		if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET &&
			strcmp(a->ifa_name, name) == 0)
			*ret = true;
	freeifaddrs(all);
	return 0;
}

static int interface_check(const char *name, bool address_given, struct error *err)
{
	bool addressed = false;

	if (if_nametoindex(name) == 0) {
		(void)fail_code(err, ENODEV, "SW-1002",
			"there is no interface '%s'. Nothing was started", name);
		return fail_hint(err, "ip -brief link");
	}
	if (interface_addressed(name, &addressed, err) < 0)
		return err->number;
	if (addressed || address_given)
		return 0;
	(void)fail_code(err, EADDRNOTAVAIL, "SW-1003",
		"interface '%s' has no IPv4 address to serve from. Nothing was started", name);
	return fail_hint(err, "ip address add 10.9.0.1/24 dev %s", name);
}

/* "slipwayd" beside this program, in the sbin beside its bin, or alone to be found on PATH. */
static int daemon_find(char out[static PATH_MAX], struct error *err)
{
	static const char *const places[] = { "/" DAEMON, "/../sbin/" DAEMON };
	char self[PATH_MAX] = "";
	const char *dir;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return fail(err, errno, "reading /proc/self/exe");
	dir = dirname(self);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(out, PATH_MAX, "%s%s", dir, places[i]);

		if (n > 0 && n < PATH_MAX && access(out, X_OK) == 0)
			return 0;
	}
	(void)snprintf(out, PATH_MAX, "%s", DAEMON);
	return 0;
}

/* Everything but --bundle and --foreground is slipwayd's own option of the same name. */
static void daemon_options(const struct args *args, struct up_options *ret)
{
	static const char *const passed[][2] = {
		{ "iface", "--iface" },
		{ "address", "--address" },
		{ "range", "--range" },
		{ "proxy-dhcp", "--proxy-dhcp" },
		{ "no-dhcp", "--no-dhcp" },
		{ "http-port", "--http-port" },
		{ "machine-port", "--machine-port" },
		{ "data-dir", "--data-dir" },
		{ "verbose", "--verbose" },
	};

	_Static_assert(2 * sizeof(passed) / sizeof(passed[0]) <= UP_WORDS_MAX, "room for all");
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const char *value = args_value(args, passed[i][0]);

		if (value)
			ret->words[ret->n++] = passed[i][1];
		if (value && *value)
			ret->words[ret->n++] = value;
	}
}

static int daemon_exec(const struct cli *cli, const struct up_options *o, struct error *err)
{
	const char *argv[UP_WORDS_MAX + 6];
	char path[PATH_MAX];
	size_t n = 0;

	if (daemon_find(path, err) < 0)
		return err->number;
	argv[n++] = path;
	for (size_t i = 0; i < o->n; i++)
		argv[n++] = o->words[i];
	argv[n++] = "--state-dir";
	argv[n++] = cli->state_dir;
	argv[n++] = "--run-dir";
	argv[n++] = cli->run_dir;
	argv[n] = NULL;
	(void)fflush(stdout); /* what an import said; exec would lose it */
	(void)execvp(path, (char *const *)argv);
	return fail(err, errno, "starting '%s'", path);
}

static int bundles_import(const struct cli *cli, const struct args *args)
{
	for (int i = 0; i < args->n_given; i++) {
		int r;

		if (strcmp(args->given[i].flag->name, "bundle") != 0)
			continue;
		r = bundle_import_file(cli, args->given[i].value, false);
		if (r != CLI_OK)
			return r;
	}
	return CLI_OK;
}

static int up_run(const struct cli *cli, const struct args *args)
{
	bool address_given = args_value(args, "address") != NULL;
	struct up_options options = { .n = 0 };
	struct error err = { 0 };
	int r;

	if (client_answered(cli)) {
		(void)fail_code(&err, EEXIST, "SW-1006",
			"a slipwayd runs already, with its socket in %s. Nothing was started",
			cli->run_dir);
		(void)fail_hint(&err, "slipway status");
		return cli_error(&err);
	}
	if (interface_check(args_value(args, "iface"), address_given, &err) < 0)
		return cli_error(&err);
	r = bundles_import(cli, args);
	if (r != CLI_OK)
		return r;
	daemon_options(args, &options);
	if (!args_value(args, "foreground") && up_unit_found(cli))
		return up_unit_start(&options, &err) == 0 ? CLI_OK : cli_error(&err);
	(void)daemon_exec(cli, &options, &err);
	return cli_error(&err);
}

static const struct flag up_flags[] = {
	{ .name = "iface",
		.letter = 'i',
		.value = "IF",
		.help = "the machines' network",
		.required = true },
	{ .name = "bundle",
		.letter = 'b',
		.value = "FILE",
		.help = "import this first; may be given again" },
	{ .name = "address", .value = "ADDR", .help = "our address on it (default: its own)" },
	{ .name = "range", .value = "FIRST-LAST", .help = "addresses to give out" },
	{ .name = "proxy-dhcp", .help = "the site's own DHCP server gives the addresses" },
	{ .name = "no-dhcp", .help = "start neither DHCP nor TFTP" },
	{ .name = "http-port", .value = "PORT", .help = "boot files and registry (default 80)" },
	{ .name = "machine-port", .value = "PORT", .help = "machines' API (default 8443)" },
	{ .name = "data-dir", .value = "DIR", .help = "the agent's image" },
	{ .name = "foreground", .help = "run it here, also where systemd would" },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "", "", 0, 0, "Starts the appliance on an interface: as slipwayd.service, else here.",
		up_flags, up_run },
	{ NULL },
};

const struct noun up_noun = { "up", "start the appliance", verbs };
