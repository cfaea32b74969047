// SPDX-License-Identifier: Apache-2.0
/* slipwayd: the appliance. Options, a loop, and an orderly end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/log.h"
#include "provisioner/daemon/appliance.h"
#include "provisioner/daemon/options.h"

/* Streams and downloads take a descriptor or two each; the limit that applies is our own maximum.
 */
static void raise_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files); /* with less, fewer are served at once */
}

/* Signals that end us arrive on the loop; a peer that hangs up must not be one. */
static int set_signals(sd_event *loop, struct error *err)
{
	static const int ending[] = { SIGTERM, SIGINT };
	sigset_t set;
	int r = 0;

	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaddset(&set, ending[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail(err, errno, "blocking signals");
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]) && r >= 0; i++)
		r = sd_event_add_signal(
			loop, NULL, ending[i], NULL, NULL); /* NULL: ends the loop */
	return r < 0 ? fail(err, -r, "receiving signals") : 0;
}

static void say_up(const struct appliance *a)
{
	const struct options *o = a->options;

	printf("slipway is up on %s (%s): boot files and registry on port %u, machines on port %u%s\n",
		o->iface[0] ? o->iface : "its address", a->address, o->http_port, o->machine_port,
		o->no_dhcp      ? ", no DHCP"
		: o->proxy_dhcp ? ", proxyDHCP beside the site's own server"
				: ", DHCP");
	(void)fflush(stdout); /* nobody may be reading it */
	(void)sd_notify(0, "READY=1");
}

static int serve(const struct options *o, sd_event *loop, struct error *err)
{
	struct appliance a;
	int r = appliance_open(&a, o, loop, err);

	if (r == 0)
		r = appliance_start(&a, say_up, err);
	if (r == 0) {
		r = sd_event_loop(loop);
		(void)sd_notify(0, "STOPPING=1");
		if (r < 0)
			(void)fail(err, -r, "the event loop");
	}
	appliance_close(&a);
	return r;
}

int main(int argc, char **argv)
{
	struct options options;
	struct error err = { 0 };
	sd_event *loop = NULL;
	int r = options_parse(argc, argv, &options, &err);

	if (r > 0)
		return EXIT_SUCCESS;
	if (r == 0 && options.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
	if (r == 0) {
		raise_limits();
		r = sd_event_new(&loop);
		if (r < 0)
			(void)fail(&err, -r, "the event loop");
	}
	if (r >= 0)
		r = set_signals(loop, &err);
	if (r >= 0)
		r = serve(&options, loop, &err);
	sd_event_unref(loop);
	if (r >= 0)
		return EXIT_SUCCESS;
	log_err(&err, "slipwayd");
	return EXIT_FAILURE;
}
