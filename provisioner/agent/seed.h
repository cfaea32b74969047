// SPDX-License-Identifier: Apache-2.0
/*
 * What a machine installed from a whole disk image is told: cloud-init's NoCloud documents on a
 * file system labelled "cidata" (images/iso.h), and the receipt beside them.
 *
 * Files of the plan and of the join become write_files, symbolic links a bootcmd that runs once. A
 * machine without a plan for its network asks for DHCP on its first card, as cloud-init has it.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "provisioner/agent/join.h"
#include "provisioner/agent/plan.h"

/* Adds the file system's bytes to an empty buffer. They hold the machine's keys: the caller clears
 * them. */
int seed_make(const struct plan *p, const struct join *join, const char *receipt, struct buf *out,
	struct error *err);
