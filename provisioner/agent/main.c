// SPDX-License-Identifier: Apache-2.0
/* slipway-agent: process 1 of the boot image, or an ordinary process for tests. */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "provisioner/agent/cmdline.h"
#include "provisioner/agent/init.h"
#include "provisioner/agent/modules.h"
#include "provisioner/agent/network.h"
#include "provisioner/agent/session.h"

#define EXIT_USAGE 2
#define READ_MS    60000

struct options {
	bool init;            /* drivers, network, clock and restart are ours */
	struct tree tree;     /* where /sys, /proc and /dev are */
	const char *grub_dir; /* NULL: the image's own */
	struct cmdline cmdline;
};

static const char usage[] =
	"Usage: slipway-agent --no-init --server ADDR:PORT --http ADDR:PORT --pin sha256:HEX\n"
	"                     [--mac MAC] [--root DIR] [--grub DIR]\n\n"
	"Runs as process 1 of Slipway's boot image, told what it must know by the kernel's command\n"
	"line. With --no-init it leaves drivers, network and clock alone and does not restart;\n"
	"--root DIR has it look for /sys, /proc and /dev in DIR, --grub DIR for boot loader files.\n";

static int leave_nothing(bool kexec, struct error *err)
{
	(void)err;
	log_info("installed; %s is left to whoever started this", kexec ? "kexec" : "the restart");
	return 0;
}

static int read_cmdline(struct options *o, struct error *err)
{
	auto_buf text = { .max = CMDLINE_MAX };
	int r = file_read("/proc/cmdline", CMDLINE_MAX, &text, err);

	return r == 0 ? cmdline_parse(buf_str(&text), text.len, &o->cmdline, err) : r;
}

static int set_up_machine(struct options *o, struct screen *s, struct devices **devices,
	struct network **network, struct error *err)
{
	int r;

	screen_state(s, NULL, "loading drivers");
	r = devices_start(devices, err);
	if (r == 0)
		r = read_cmdline(o, err);
	return r == 0 ? network_start(&o->cmdline, s, network, err) : r;
}

/* Nothing is left but to begin anew; as process 1's child that is done for us, after a while in
 * which the reason can be read. */
static void show_end(struct screen *s, bool init, const struct error *err)
{
	int64_t end_ms = monotonic_ms() + (init ? READ_MS : 0);

	screen_state(s, err->hint[0] ? err->hint : "a new start", "this machine cannot go on");
	screen_problem(s, "%s %s", err->code, err->text);
	while (monotonic_ms() < end_ms) {
		screen_tick(s);
		(void)poll(NULL, 0, 1000); /* the screen's clock */
	}
}

static int run(void *arg)
{
	struct options *o = arg;
	struct devices *devices = NULL;
	struct network *network = NULL;
	struct error err = { 0 };
	struct screen screen;
	int r = 0;

	screen_open(&screen, o->init);
	if (o->init)
		r = set_up_machine(o, &screen, &devices, &network, &err);
	if (r == 0) {
		const struct session session = {
			.cmdline = &o->cmdline,
			.tree = &o->tree,
			.devices = devices,
			.screen = &screen,
			.grub_dir = o->grub_dir,
			.owns_machine = o->init,
			.leave = o->init ? init_leave : leave_nothing,
		};

		r = session_run(&session, &err);
	}
	if (r < 0)
		show_end(&screen, o->init, &err);
	network_stop(network);
	devices_stop(devices);
	screen_done(&screen);
	return r < 0;
}

static int read_options(int argc, char **argv, struct options *o, struct error *err)
{
	static const struct option options[] = {
		{ "no-init", no_argument, NULL, 'n' },
		{ "root", required_argument, NULL, 'r' },
		{ "grub", required_argument, NULL, 'g' },
		{ "server", required_argument, NULL, 's' },
		{ "http", required_argument, NULL, 's' },
		{ "pin", required_argument, NULL, 's' },
		{ "mac", required_argument, NULL, 's' },
		{ 0 },
	};
	int c, index = 0;

	while ((c = getopt_long(argc, argv, "", options, &index)) >= 0) {
		if (c == 'n')
			o->init = false;
		else if (c == 'r')
			o->tree.root = optarg;
		else if (c == 'g')
			o->grub_dir = optarg;
		else if (c != 's' || cmdline_set(&o->cmdline, options[index].name, optarg, err) < 0)
			return -EINVAL;
	}
	if (o->init || optind < argc)
		return fail_code(err, EINVAL, NULL, "as an ordinary process it wants --no-init");
	return cmdline_check(&o->cmdline, err);
}

static bool is_modprobe(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strcmp(slash ? slash + 1 : name, "modprobe") == 0;
}

/* The kernel hands words of its command line that it does not know to process 1. */
static bool is_option(const char *word)
{
	return strncmp(word, "--", 2) == 0;
}

int main(int argc, char **argv)
{
	struct options o = { .init = true, .tree = { "" } };
	struct error err = { 0 };

	if (is_modprobe(argv[0]))
		return modules_main(argc, argv);
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for this signal */
	if (getpid() == 1 && !is_option(argc > 1 ? argv[1] : "")) {
		init_prepare();
		init_run(run, &o);
	}
	if (read_options(argc, argv, &o, &err) < 0) {
		if (err.text[0])
			log_err(&err, "slipway-agent");
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return run(&o);
}
