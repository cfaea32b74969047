// SPDX-License-Identifier: Apache-2.0
/*
 * DHCP and TFTP as slipwayd serves them, and nothing else of it: for tests that need no machine.
 *
 *	serve INTERFACE STATE_DIR RUN_DIR [proxy | FIRST LAST]
 *
 * It looks out for other DHCP servers at once, and every second.
 * Writes a line for each event to stdout, and what boot_services_json() tells on SIGUSR1. An error
 *is one line, "CODE text hint", and exit status 1. Ends at SIGTERM.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/boot_services.h"

static const char *address_format(struct in_addr a, char out[static INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &a, out, INET_ADDRSTRLEN);
}

static void on_ready(void *arg)
{
	(void)arg;
	puts("serving");
}

static void on_dhcp(const struct dnsmasq_event *e, void *arg)
{
	char address[INET_ADDRSTRLEN];
	const uint8_t *m = e->mac;

	(void)arg;
	printf("dhcp %s %02x:%02x:%02x:%02x:%02x:%02x %s arch=%d ipxe=%d file=%s\n",
		dnsmasq_event_name(e->kind), m[0], m[1], m[2], m[3], m[4], m[5],
		address_format(e->address, address), e->arch, e->ipxe, e->boot_file);
}

static void on_tftp(const struct tftpd_event *e, void *arg)
{
	char address[INET_ADDRSTRLEN];

	(void)arg;
	printf("tftp %d %s %s\n", e->kind, address_format(e->address, address), e->text);
}

static void on_alarm(
	enum boot_alarm_kind kind, bool on, const char *code, const char *text, void *arg)
{
	(void)kind;
	(void)arg;
	printf("alarm %s %s %s\n", on ? "on" : "off", code, text);
}

static int on_term(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	(void)info;
	(void)arg;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_status(sd_event_source *source, const struct signalfd_siginfo *info, void *arg)
{
	struct error err = { 0 };
	auto_json json_t *status = boot_services_json(arg);
	auto_free char *text = NULL;

	(void)source;
	(void)info;
	if (status && json_write(status, &text, &err) == 0)
		printf("status %s\n", text);
	return 0;
}

static int serve(sd_event *loop, const struct boot_config *config, struct error *err)
{
	const struct boot_events events = {
		.on_ready = on_ready,
		.on_dhcp = on_dhcp,
		.on_tftp = on_tftp,
		.on_alarm = on_alarm,
	};
	struct boot_services *services = NULL;
	int res = boot_services_new(loop, config, &events, &services, err);

	if (res == 0)
		res = boot_services_start(services, err);
	if (res == 0)
		res = sd_event_add_signal(loop, NULL, SIGUSR1, on_status, services);
	if (res >= 0) {
		res = sd_event_loop(loop);
	}
	boot_services_free(services);
	return res;
}

static int loop_new(sd_event **ret)
{
	sigset_t set;
	int r = sd_event_new(ret);

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	if (r >= 0)
		r = sigprocmask(SIG_BLOCK, &set, NULL);
	return r < 0 ? r : sd_event_add_signal(*ret, NULL, SIGTERM, on_term, NULL);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct boot_config config = { 0 };
	sd_event *loop = NULL;

	if (argc < 4 || loop_new(&loop) < 0)
		return 2;
	config.interface = argv[1];
	config.state_dir = argv[2];
	config.run_dir = argv[3];
	config.watch_ms = 1000;
	config.proxy = argc == 5 && strcmp(argv[4], "proxy") == 0;
	if (argc == 6 && (inet_pton(AF_INET, argv[4], &config.first) != 1 ||
				 inet_pton(AF_INET, argv[5], &config.last) != 1))
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);

	int res = serve(loop, &config, &err);

	if (res < 0)
		fprintf(stderr, "%s %s %s\n", err.code, err.text, err.hint);
	sd_event_unref(loop);
	return res < 0;
}
