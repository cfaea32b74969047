// SPDX-License-Identifier: Apache-2.0
/*
 * A child process that is to run as long as we do: started, listened to, started again when it ends
 * or hangs, and stopped with us. It knows nothing of what the child is for.
 *
 * The first restart is at once; a child that keeps ending within SERVICE_YOUNG_MS is started again
 * more and more slowly, up to SERVICE_DELAY_MAX_MS. A child that was stopped (SIGSTOP) is found
 * within SERVICE_TICK_MS. One that hangs is found by asking: every SERVICE_ASK_MS `ask` makes it
 * show a sign of life (a line on stderr, or whatever calls service_alive()); without one it is
 * killed.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/error.h"

#define SERVICE_YOUNG_MS     2000
#define SERVICE_DELAY_MAX_MS 800
#define SERVICE_TICK_MS      250
#define SERVICE_ASK_MS       10000
#define SERVICE_GRACE_MS     2000 /* from SIGTERM to SIGKILL */
#define SERVICE_LINE_MAX     1024 /* bytes; longer lines come in parts */

enum service_state {
	SERVICE_STOPPED, /* by us; it stays so */
	SERVICE_RUNNING,
	SERVICE_ENDED, /* by itself; it is started again soon */
};

struct service_options {
	const char *name; /* for messages; borrowed, as all below */
	const char *const *argv;
	int (*prepare)(void *arg); /* as in struct process_options; NULL: none */
	void *prepare_arg;
	/* All called from the loop. NULL: not wanted. */
	void (*on_line)(const char *line, size_t n, void *arg); /* of its stderr */
	void (*on_end)(
		const char *how, unsigned in_a_row, void *arg); /* before it is started again */
	void (*ask)(pid_t pid, void *arg);
	void *arg;
};

struct service;

int service_new(sd_event *loop, const struct service_options *options, struct service **ret,
	struct error *err);
void service_free(struct service *s); /* stops it */

/* Starts the child. Fails where it cannot even be started; fine on one that runs. */
int service_start(struct service *s, struct error *err);

/* Ends the child and keeps it so. Blocks until it is gone, SERVICE_GRACE_MS and little more. */
void service_stop(struct service *s);

/* The child showed that it lives. */
void service_alive(struct service *s);

struct service_status {
	const char *name; /* borrowed */
	enum service_state state;
	pid_t pid;            /* 0: not running */
	unsigned restarts;    /* since service_new() */
	int64_t since_ms;     /* wall clock; when it came into this state */
	const char *last_end; /* how it ended last, "" if never; borrowed until the loop goes on */
};

void service_status(const struct service *s, struct service_status *ret);

/* "stopped", "running", "ended". */
const char *service_state_name(enum service_state state);
