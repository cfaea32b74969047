// SPDX-License-Identifier: Apache-2.0
/*
 * Sticks that are plugged in: noticed by the kernel's device events, looked at by a child
 * (`slipway stick list`), and told of by the event "stick" and a line of the log. What then happens
 * to a bundle says the file STATE_DIR/stick-policy: "offer" (also where there is none), "import" or
 * "ignore". The daemon itself opens no device and reads nothing of a stick but the child's list.
 */
#pragma once

#include <systemd/sd-event.h>

#include "base/error.h"
#include "provisioner/daemon/events.h"

struct sticks;

struct sticks_options {
	const char *state_dir;
	const char *pattern; /* of further devices, as for fnmatch(3); NULL: none */
	struct events *events;
};

/* Starts to listen, and looks at what is plugged in already. */
int sticks_new(sd_event *loop, const struct sticks_options *options, struct sticks **ret,
	struct error *err);
void sticks_free(struct sticks *s);
