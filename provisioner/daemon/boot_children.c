// SPDX-License-Identifier: Apache-2.0
/* dnsmasq and in.tftpd as services: what they say, and whether they live. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "provisioner/daemon/boot_services_impl.h"

#define READY_MS 50  /* between questions whether both are ready */
#define FLUSH_MS 100 /* dnsmasq writes all lines of a packet faster than that */
/* dnsmasq's last words before it serves */
#define READY_WORDS "DHCP, sockets bound exclusively to interface"
#define ALIVE_FILE  ".alive" /* asked for to see whether in.tftpd answers */

/* -- what the children say -- */

static void on_dhcp(const struct dnsmasq_event *event, void *arg)
{
	struct boot_services *b = arg;

	if (b->events.on_dhcp)
		b->events.on_dhcp(event, b->events.arg);
}

static void on_dnsmasq_line(const char *line, size_t n, void *arg)
{
	struct boot_services *b = arg;

	log_debug("%.*s", (int)n, line);
	if (memmem(line, n, READY_WORDS, strlen(READY_WORDS)))
		b->dnsmasq_ready = true;
	dnsmasq_log_feed(&b->log, line, n, now_ms());
	/* Fail for a source that is finished only, which it is not. */
	(void)sd_event_source_set_time_relative(b->flush, FLUSH_MS * 1000);
	(void)sd_event_source_set_enabled(b->flush, SD_EVENT_ONESHOT);
}

static int on_flush(sd_event_source *source, uint64_t usec, void *arg)
{
	struct boot_services *b = arg;

	(void)source;
	(void)usec;
	dnsmasq_log_flush(&b->log);
	return 0;
}

static void take_tftp(struct boot_services *b, const char *p, size_t n)
{
	struct tftpd_event event;

	service_alive(b->tftpd);
	b->tftpd_ready = true;
	if (!tftpd_log_parse(p, n, now_ms(), &event))
		return;
	if (event.kind == TFTPD_EVENT_TROUBLE)
		log_warn("in.tftpd: %s", event.text);
	/* Our own question, and the refusal it gets. */
	if (event.address.s_addr == b->pxe.address.s_addr &&
		(event.kind == TFTPD_EVENT_REFUSE || strcmp(event.text, ALIVE_FILE) == 0))
		return;
	dnsmasq_log_flush(&b->log); /* the lease came first, and is told first */
	if (b->events.on_tftp)
		b->events.on_tftp(&event, b->events.arg);
}

static int on_tftpd_log(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	char p[2048];
	ssize_t n;

	(void)source;
	(void)events;
	while ((n = recv(fd, p, sizeof(p), 0)) > 0)
		take_tftp(arg, p, (size_t)n);
	return 0;
}

/* -- whether they live -- */

static void ask_dnsmasq(pid_t pid, void *arg)
{
	(void)arg;
	(void)kill(pid, SIGHUP); /* it reads its (empty) list of hosts and logs that */
}

/* A read request for a file that is not there (RFC 1350, section 5). */
static void ask_tftpd(pid_t pid, void *arg)
{
	static const char request[] = "\0\1" ALIVE_FILE "\0octet";
	struct boot_services *b = arg;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(TFTP_PORT),
		.sin_addr = b->pxe.address,
	};
	char answer[64];

	(void)pid;
	while (recv(b->ask_fd, answer, sizeof(answer), 0) >= 0)
		; /* answers to earlier ones */
	/* Where it cannot be sent, no answer comes, and that is what is looked for. */
	(void)sendto(b->ask_fd, request, sizeof(request), 0, (struct sockaddr *)&to, sizeof(to));
}

/* Neither child says when it is ready in a way of its own: this asks. */
static int on_ready(sd_event_source *source, uint64_t usec, void *arg)
{
	struct boot_services *b = arg;

	(void)usec;
	if (b->dnsmasq_ready && b->tftpd_ready) {
		if (b->events.on_ready)
			b->events.on_ready(b->events.arg);
		return 0;
	}
	if (!b->tftpd_ready)
		ask_tftpd(0, b);
	/* Fail for a source that is finished only, which it is not. */
	(void)sd_event_source_set_time_relative(source, READY_MS * 1000);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void report_end(const char *name, const char *how, unsigned in_a_row)
{
	if (in_a_row <= 3 || in_a_row % 100 == 0)
		log_warn("%s ended (%s); starting it again%s", name, how,
			in_a_row > 1 ? "; it keeps ending" : "");
}

static void on_dnsmasq_end(const char *how, unsigned in_a_row, void *arg)
{
	struct boot_services *b = arg;

	dnsmasq_log_flush(&b->log);
	report_end("dnsmasq", how, in_a_row);
}

static void on_tftpd_end(const char *how, unsigned in_a_row, void *arg)
{
	(void)arg;
	report_end("in.tftpd", how, in_a_row);
}

/* -- making them -- */

static int make_sources(struct boot_services *b, struct error *err)
{
	int r = sd_event_add_time_relative(
		b->loop, &b->flush, CLOCK_MONOTONIC, 0, 10000, on_flush, b);

	if (r >= 0)
		r = sd_event_source_set_enabled(b->flush, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(b->loop, &b->tftpd_log, b->tftpd_fd, EPOLLIN, on_tftpd_log, b);
	if (r >= 0)
		r = sd_event_add_time_relative(
			b->loop, &b->ready, CLOCK_MONOTONIC, READY_MS * 1000, 10000, on_ready, b);
	if (r >= 0)
		r = sd_event_source_set_enabled(b->ready, SD_EVENT_OFF);
	return r < 0 ? fail(err, -r, "watching dnsmasq and in.tftpd") : 0;
}

static int make_services(struct boot_services *b, struct error *err)
{
	const struct service_options dnsmasq = {
		.name = "dnsmasq",
		.argv = b->dnsmasq_argv.argv,
		.on_line = on_dnsmasq_line,
		.on_end = on_dnsmasq_end,
		.ask = ask_dnsmasq,
		.arg = b,
	};
	const struct service_options tftpd = {
		.name = "in.tftpd",
		.argv = b->tftpd_argv.argv,
		.prepare = tftpd_dev_enter,
		.prepare_arg = b->dev_dir,
		.on_end = on_tftpd_end,
		.ask = ask_tftpd,
		.arg = b,
	};
	int res = service_new(b->loop, &dnsmasq, &b->dnsmasq, err);

	return res < 0 ? res : service_new(b->loop, &tftpd, &b->tftpd, err);
}

int boot_children_new(struct boot_services *b, struct error *err)
{
	int res;

	b->log = (struct dnsmasq_log){ .on_event = on_dhcp, .arg = b };
	dnsmasq_argv(&b->dnsmasq_argv, b->conf_path);
	tftpd_argv(&b->tftpd_argv, b->pxe.address, b->tftp_dir);
	b->ask_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (b->ask_fd < 0)
		return fail(err, errno, "opening a socket");
	res = tftpd_dev_open(b->dev_dir, &b->tftpd_fd, err);
	if (res == 0)
		res = make_sources(b, err);
	return res < 0 ? res : make_services(b, err);
}

int boot_children_start(struct boot_services *b, struct error *err)
{
	int res = service_start(b->tftpd, err);

	if (res == 0)
		res = service_start(b->dnsmasq, err);
	if (res == 0)
		(void)sd_event_source_set_enabled(b->ready, SD_EVENT_ONESHOT); /* as above */
	return res;
}

void boot_children_free(struct boot_services *b)
{
	sd_event_source_disable_unref(b->ready);
	service_free(b->dnsmasq);
	service_free(b->tftpd);
	sd_event_source_disable_unref(b->flush);
	sd_event_source_disable_unref(b->tftpd_log);
	if (b->tftpd_fd >= 0)
		(void)close(b->tftpd_fd); /* nothing to lose on these */
	if (b->ask_fd >= 0)
		(void)close(b->ask_fd);
}
