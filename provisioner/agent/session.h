// SPDX-License-Identifier: Apache-2.0
/*
 * The agent's life between its first address and the installed system: enrol, wait, carry out, and
 * again from the start. There is no dead end: whatever fails is shown, reported and asked anew.
 */
#pragma once

#include "provisioner/agent/cmdline.h"
#include "provisioner/agent/devices.h"
#include "provisioner/agent/screen.h"
#include "provisioner/agent/tree.h"

struct session {
	const struct cmdline *cmdline;
	const struct tree *tree;
	struct devices *devices; /* NULL: none are watched */
	struct screen *screen;
	const char *grub_dir; /* NULL: where the agent's image has it */
	bool owns_machine;    /* may set the clock and load a kernel */
	/* Leaves for the installed system; returns only where nothing is left to do. */
	int (*leave)(bool kexec, struct error *err);
};

/* Returns only after leave() has, or where the agent cannot work at all (no memory, no keys). */
int session_run(const struct session *s, struct error *err);
