// SPDX-License-Identifier: Apache-2.0
/*
 * An import in a child process that has shut itself in (base/sandbox.h): whoever made the bundle
 * gets hold of no more than the store's folder, even where the reader of bundles has a fault. What
 * the child says comes back through a pipe, and its statement is parsed anew.
 */
#pragma once

#include "bundles/import.h"

/* Where the bytes come from. */
struct import_feed {
	int fd; /* a file, or a pipe that another program fills; not used where there is a `run` */
	/* Writes the bundle to a pipe, from a thread of the parent, which keeps the network.
	 * Returns once it has written all or the pipe has lost its reader (-EPIPE). NULL: `fd` has
	 * it. */
	int (*run)(int fd, void *arg, struct error *err);
	void *arg;
};

/* As import_run(), in a child. A child that is killed is -ECHILD (SW-2032). An error of the feed
 * is returned in the place of the early end that it causes. */
int import_worker_run(const struct import_feed *feed, const struct import_options *options,
	struct import_result *ret, struct error *err);
