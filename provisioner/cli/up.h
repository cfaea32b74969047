// SPDX-License-Identifier: Apache-2.0
/*
 * slipway up as a service: what slipwayd is started with goes into a file that slipwayd.service
 * reads, and systemd starts it, now and with the machine. For up.c alone.
 */
#pragma once

#include "base/buf.h"
#include "provisioner/cli/cli.h"

#define UP_WORDS_MAX 18

/* Options for slipwayd as they were typed; borrowed. */
struct up_options {
	const char *words[UP_WORDS_MAX];
	size_t n;
};

/* True where systemd runs, has the unit that was installed with this program, and the unit means
 * the same state. */
bool up_unit_found(const struct cli *cli);

/* Starts it and waits until it serves. Where it does not come up, it is stopped and disabled, and
 * the error has its last words. */
int up_unit_start(const struct up_options *o, struct error *err);

/* The file's text. -EINVAL for a word that systemd would not read as it is. */
int up_unit_format(const struct up_options *o, struct buf *out, struct error *err);
