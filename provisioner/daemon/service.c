// SPDX-License-Identifier: Apache-2.0
/*
 * A supervised child. One timer serves it in all states:
 *
 *	STOPPED --start--> RUNNING --ends--> ENDED --delay--> RUNNING
 *	                      |  ^             |
 *	                      |  tick: stopped? hangs? -> SIGKILL, and so ends
 *	                    stop               |
 *	                      v                v
 *	                   STOPPED <--stop-----+
 */
#include "provisioner/daemon/service.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/process.h"

struct service {
	struct service_options o;
	enum service_state state;
	struct process process;
	unsigned restarts;
	unsigned in_a_row;  /* ends of a young child, one after the other */
	int64_t since_ms;   /* wall clock */
	int64_t started_ms; /* monotonic, as the next two */
	int64_t asked_ms;   /* 0: no answer is waited for */
	int64_t alive_ms;
	char last_end[256];
	sd_event_source *timer;
	sd_event_source *end;
	sd_event_source *lines;
	int line_fd; /* our end of its stderr */
	size_t line_n;
	char line[SERVICE_LINE_MAX];
	char last_line[128]; /* its last words */
};

const char *service_state_name(enum service_state state)
{
	switch (state) {
	case SERVICE_STOPPED:
		return "stopped";
	case SERVICE_RUNNING:
		return "running";
	case SERVICE_ENDED:
		return "ended";
	}
	return "";
}

static void set_state(struct service *s, enum service_state state)
{
	s->state = state;
	s->since_ms = now_ms();
}

/* -- its words -- */

static void give_line(struct service *s, const char *line, size_t n)
{
	if (n == 0)
		return;
	service_alive(s);
	snprintf(s->last_line, sizeof(s->last_line), "%.*s",
		(int)(n < sizeof(s->last_line) ? n : sizeof(s->last_line) - 1), line);
	if (s->o.on_line)
		s->o.on_line(line, n, s->o.arg);
}

static void split_lines(struct service *s)
{
	char *from = s->line, *end = s->line + s->line_n, *newline;

	while ((newline = memchr(from, '\n', (size_t)(end - from)))) {
		give_line(s, from, (size_t)(newline - from));
		from = newline + 1;
	}
	if (from == s->line && s->line_n == sizeof(s->line)) {
		give_line(s, from, s->line_n);
		from = end;
	}
	s->line_n = (size_t)(end - from);
	memmove(s->line, from, s->line_n);
}

/* Reads what is there: false at its end. */
static bool read_lines(struct service *s)
{
	for (;;) {
		ssize_t n = read(s->line_fd, s->line + s->line_n, sizeof(s->line) - s->line_n);

		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		s->line_n += (size_t)n;
		split_lines(s);
	}
}

static int on_lines(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)events;
	if (!read_lines(s))
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF); /* cannot fail */
	return 0;
}

static void close_lines(struct service *s)
{
	if (s->line_fd >= 0)
		(void)read_lines(s); /* its last words */
	give_line(s, s->line, s->line_n);
	s->line_n = 0;
	s->lines = sd_event_source_disable_unref(s->lines);
	if (s->line_fd >= 0)
		(void)close(s->line_fd); /* nothing to lose on it */
	s->line_fd = -1;
}

/* -- its life -- */

static int64_t restart_delay_ms(unsigned in_a_row)
{
	int64_t delay_ms = in_a_row > 5 ? SERVICE_DELAY_MAX_MS : 50 << in_a_row >> 1;

	if (in_a_row == 0)
		return 0;
	return delay_ms < SERVICE_DELAY_MAX_MS ? delay_ms : SERVICE_DELAY_MAX_MS;
}

static void set_timer(struct service *s, int64_t delay_ms)
{
	/* Fails for a source that is finished only, which it is not. */
	(void)sd_event_source_set_time_relative(s->timer, (uint64_t)delay_ms * 1000);
	(void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
}

static void child_ended(struct service *s, const char *how)
{
	bool young = monotonic_ms() - s->started_ms < SERVICE_YOUNG_MS;

	s->in_a_row = young ? s->in_a_row + 1 : 0;
	s->restarts++;
	snprintf(s->last_end, sizeof(s->last_end), "%s%s%s", how, s->last_line[0] ? ": " : "",
		s->last_line);
	set_state(s, SERVICE_ENDED);
	set_timer(s, restart_delay_ms(s->in_a_row));
	if (s->o.on_end)
		s->o.on_end(s->last_end, s->in_a_row, s->o.arg);
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct service *s = arg;
	struct error err = { 0 };
	char how[48];
	int status;

	(void)source;
	(void)fd;
	(void)events;
	if (process_wait(&s->process, 0, &status, &err) < 0)
		return 0; /* not yet; it will be readable again */
	s->end = sd_event_source_disable_unref(s->end);
	close_lines(s);
	child_ended(s, process_status_format(status, how));
	return 0;
}

static int spawn(struct service *s, struct error *err)
{
	struct process_options options = PROCESS_OPTIONS_INIT;
	auto_close int write_end = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(err, errno, "starting '%s'", s->o.name);
	s->line_fd = ends[0];
	write_end = ends[1];
	options.err_fd = write_end;
	options.out_fd = write_end;
	options.prepare = s->o.prepare;
	options.prepare_arg = s->o.prepare_arg;
	if (fcntl(s->line_fd, F_SETFL, O_NONBLOCK) < 0)
		return fail(err, errno, "starting '%s'", s->o.name);
	return process_start(&s->process, s->o.argv, &options, err);
}

static int watch(struct service *s, struct error *err)
{
	sd_event *loop = sd_event_source_get_event(s->timer);
	int r = sd_event_add_io(loop, &s->lines, s->line_fd, EPOLLIN, on_lines, s);

	if (r >= 0)
		r = sd_event_add_io(loop, &s->end, s->process.pidfd, EPOLLIN, on_end, s);
	return r < 0 ? fail(err, -r, "watching '%s'", s->o.name) : 0;
}

static int child_start(struct service *s, struct error *err)
{
	int res;

	s->last_line[0] = '\0';
	s->asked_ms = 0;
	s->started_ms = monotonic_ms();
	s->alive_ms = s->started_ms;
	res = spawn(s, err);
	if (res == 0)
		res = watch(s, err);
	if (res < 0) {
		process_stop(&s->process, 0);
		close_lines(s);
		return res;
	}
	set_state(s, SERVICE_RUNNING);
	set_timer(s, SERVICE_TICK_MS);
	return 0;
}

/* A stopped child neither ends nor answers; the kernel tells of it at once. */
static bool is_stopped(const struct service *s)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)s->process.pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == s->process.pid;
}

static bool hangs(struct service *s, int64_t now)
{
	int64_t asked_ms = s->asked_ms ? s->asked_ms : s->started_ms;

	if (!s->o.ask || now - asked_ms < SERVICE_ASK_MS)
		return false;
	if (s->asked_ms && s->alive_ms < s->asked_ms)
		return true;
	s->asked_ms = now;
	s->o.ask(s->process.pid, s->o.arg);
	return false;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct service *s = arg;
	struct error err = { 0 };

	(void)source;
	(void)usec;
	if (s->state == SERVICE_ENDED && child_start(s, &err) < 0) {
		child_ended(s, err.text);
	} else if (s->state == SERVICE_RUNNING) {
		if (is_stopped(s) || hangs(s, monotonic_ms()))
			(void)kill(s->process.pid, SIGKILL); /* not reaped yet, so it is the one */
		set_timer(s, SERVICE_TICK_MS);
	}
	return 0;
}

/* -- for its owner -- */

int service_new(sd_event *loop, const struct service_options *options, struct service **ret,
	struct error *err)
{
	struct service *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail_memory(err);
	s->o = *options;
	s->process = (struct process)PROCESS_INIT;
	s->line_fd = -1;
	set_state(s, SERVICE_STOPPED);
	r = sd_event_add_time_relative(loop, &s->timer, CLOCK_MONOTONIC, 0, 10000, on_timer, s);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
	if (r < 0) {
		service_free(s);
		return fail(err, -r, "making a timer for '%s'", options->name);
	}
	*ret = s;
	return 0;
}

void service_free(struct service *s)
{
	if (!s)
		return;
	service_stop(s);
	sd_event_source_disable_unref(s->timer);
	free(s);
}

int service_start(struct service *s, struct error *err)
{
	if (s->state == SERVICE_RUNNING)
		return 0;
	s->in_a_row = 0;
	return child_start(s, err);
}

void service_stop(struct service *s)
{
	if (s->timer)
		(void)sd_event_source_set_enabled(s->timer, SD_EVENT_OFF); /* cannot fail */
	s->end = sd_event_source_disable_unref(s->end);
	process_stop(&s->process, SERVICE_GRACE_MS);
	close_lines(s);
	set_state(s, SERVICE_STOPPED);
}

void service_alive(struct service *s)
{
	s->alive_ms = monotonic_ms();
}

void service_status(const struct service *s, struct service_status *ret)
{
	*ret = (struct service_status){
		.name = s->o.name,
		.state = s->state,
		.pid = s->process.pid,
		.restarts = s->restarts,
		.since_ms = s->since_ms,
		.last_end = s->last_end,
	};
}
