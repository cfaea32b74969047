// SPDX-License-Identifier: Apache-2.0
/*
 * Child processes, started from an argv and never through a shell. Every child is waited for
 * through a pidfd and dies with its parent (PR_SET_PDEATHSIG).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

struct process_options {
	int in_fd;  /* the child's stdin; -1: /dev/null */
	int out_fd; /* the child's stdout; -1: /dev/null */
	int err_fd; /* the child's stderr; -1: the parent's */
	const char *dir;         /* working folder; NULL: the parent's */
	const char *const *env;  /* "K=V" added to the parent's environment; NULL: none */
	/* Runs in the child just before exec; 0 or -errno. Async-signal-safe calls only. NULL: none. */
	int (*prepare)(void *arg);
	void *prepare_arg;
};

#define PROCESS_OPTIONS_INIT { .in_fd = -1, .out_fd = -1, .err_fd = -1 }

struct process {
	pid_t pid;  /* 0: not started */
	int pidfd;  /* readable when the child has ended; -1: not started */
};

#define PROCESS_INIT { .pidfd = -1 }

/* Starts argv[0] (found on PATH). A failed exec is reported here, not as an exit status. */
int process_start(struct process *p, const char *const *argv, const struct process_options *opts,
	struct error *err);

/* Waits at most timeout_ms (-1: for ever) and reaps. *ret_status is as waitpid(2) gives it.
 * -ETIMEDOUT leaves the child running. */
int process_wait(struct process *p, int timeout_ms, int *ret_status, struct error *err);

/* SIGTERM, then SIGKILL after grace_ms; reaps. Fine on one that was never started. */
void process_stop(struct process *p, int grace_ms);

/* Runs to the end. out (may be NULL) takes stdout up to its max; a non-zero exit is an error that
 * quotes the last line of stderr. */
int process_run(const char *const *argv, const struct process_options *opts, struct buf *out,
	struct error *err);

/* "exit status 3", "killed by signal 9"; returns out. */
const char *process_status_format(int status, char out[static 48]);
