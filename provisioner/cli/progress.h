// SPDX-License-Identifier: Apache-2.0
/*
 * How far long work has come, on stderr: on a terminal a bar that is drawn again in its place, with
 * rate and time left; elsewhere a plain line now and then.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "provisioner/cli/cli.h"

struct progress {
	bool terminal;
	bool drawn; /* a bar stands on the terminal's line */
	char label[96];
	int64_t started_ms;
	int64_t told_ms;     /* when it was last told */
	int64_t rate_ms;     /* since when the rate is measured */
	uint64_t rate_bytes; /* and what was done then */
	double rate;         /* bytes a second, smoothed; 0: not known yet */
	bool begun;
};

void progress_start(struct progress *p, const struct cli *cli, const char *label);
/* Tells where the work is; cheap enough to be called for every MiB. */
void progress_set(struct progress *p, uint64_t done_bytes, uint64_t total_bytes);
/* Takes the bar away, so that the next line stands by itself. */
void progress_end(struct progress *p);

/* The line itself, without control characters, with or without its bar. */
void progress_line(const struct progress *p, uint64_t done_bytes, uint64_t total_bytes, bool bar,
	char *out, size_t size);
