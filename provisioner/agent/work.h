// SPDX-License-Identifier: Apache-2.0
/*
 * Carries a plan out: chooses the disk, streams the image onto it, joins, makes it bootable. The
 * policy is the appliance's; nothing here decides what to install or whether to try again.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "provisioner/agent/api.h"
#include "provisioner/agent/plan.h"
#include "provisioner/agent/screen.h"
#include "provisioner/agent/tree.h"

struct work {
	struct api *api;
	struct screen *screen;
	const struct tree *tree;
	const char *http_server; /* "10.9.0.1:80" */
	const char *grub_dir;    /* NULL: where the agent's image has it */
	bool may_kexec;          /* the kernel that runs is ours to replace */
};

/* Installs. 0: installed and the appliance knows; *ret_kexec: the new kernel is loaded. A failure
 * has been reported to the appliance when it is returned. */
int work_run(const struct work *w, json_t *plan, bool *ret_kexec, struct error *err);
