// SPDX-License-Identifier: Apache-2.0
/* slipway up: checks what can be checked, imports bundles, and becomes slipwayd. */
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

#define DAEMON   "slipwayd"
#define ARGV_MAX 48

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

/* "slipwayd" beside this program, or alone to be found on PATH. */
static int daemon_find(char out[static PATH_MAX], struct error *err)
{
	char self[PATH_MAX] = "";
	int n;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return fail(err, errno, "reading /proc/self/exe");
	n = snprintf(out, PATH_MAX, "%s/%s", dirname(self), DAEMON);
	if (n < 0 || n >= PATH_MAX || access(out, X_OK) < 0)
		(void)snprintf(out, PATH_MAX, "%s", DAEMON);
	return 0;
}

struct command {
	const char *argv[ARGV_MAX];
	int n;
};

static void command_add(struct command *c, const char *option, const char *value)
{
	if (c->n + 3 > ARGV_MAX)
		return; /* more than the table below can give */
	c->argv[c->n++] = option;
	if (value && *value)
		c->argv[c->n++] = value;
}

/* Everything but --bundle is slipwayd's own option of the same name. */
static int daemon_exec(const struct cli *cli, const struct args *args, struct error *err)
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
	struct command c = { .n = 0 };
	char path[PATH_MAX];

	if (daemon_find(path, err) < 0)
		return err->number;
	command_add(&c, path, NULL);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (args_value(args, passed[i][0]))
			command_add(&c, passed[i][1], args_value(args, passed[i][0]));
	command_add(&c, "--state-dir", cli->state_dir);
	command_add(&c, "--run-dir", cli->run_dir);
	(void)fflush(stdout); /* what an import said; exec would lose it */
	(void)execvp(path, (char *const *)c.argv);
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
	(void)daemon_exec(cli, args, &err);
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
	{ NULL },
};

static const struct verb verbs[] = {
	{ "", "", 0, 0, "Starts the appliance on an interface, in the foreground.", up_flags,
		up_run },
	{ NULL },
};

const struct noun up_noun = { "up", "start the appliance", verbs };
