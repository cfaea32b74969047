// SPDX-License-Identifier: Apache-2.0
/*
 * Work on what a stranger made, in a child process that has shut itself in (base/sandbox.h): even
 * where the reader has a fault, whoever made it gets hold of no more than the store's folder. The
 * child talks through a pipe, and what it says is checked as any input is.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define WORKER_MESSAGE_MAX (4u << 20) /* bytes of one message */
#define WORKER_KIND_FIRST  2          /* the smallest kind of a message that is the work's own */

/* Where the bytes come from. */
struct worker_feed {
	int fd; /* a file, or a pipe that another program fills; not used where there is a `run` */
	/* Writes them to a pipe, from a thread of the parent, which keeps the network. Returns once
	 * it has written all or the pipe has lost its reader (-EPIPE). NULL: `fd` has them. */
	int (*run)(int fd, void *arg, struct error *err);
	void *arg;
};

struct worker {
	/* In the child: reads from `in`, and says what it finds to `out` with worker_say(). What it
	 * returns as an error is the parent's. */
	int (*work)(int in, int out, void *arg, struct error *err);
	/* In the parent: takes what was said. An error ends the child. */
	int (*take)(unsigned int kind, const void *p, size_t n, void *arg, struct error *err);
	void *arg; /* of both */
};

/* Does the work. A child that is killed is -ECHILD (SW-2032). An error of the feed is returned in
 * the place of the early end that it causes. */
int worker_run(const struct worker *work, const struct worker_feed *feed, struct error *err);

/* Says something to the parent. -EPIPE: it is gone. */
int worker_say(int out, unsigned int kind, const void *p, size_t n);

/* Raises the error of a message that means nothing. */
int worker_nonsense(struct error *err);
