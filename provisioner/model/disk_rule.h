// SPDX-License-Identifier: Apache-2.0
/*
 * Which disk a machine is installed on: a profile's rule applied to an inventory's disks. The
 * daemon asks before it approves, the agent again before it writes; both get the same answer.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Checks the "disk" object of a plan: {"min_bytes","max_bytes","bus":[],"model","serial","wwn",
 * "rotational","select","allow_removable","overwrite":[],"resume"}. max_bytes may be 0 or absent:
 * no limit; rotational absent: either. */
int disk_rule_check(const json_t *rule, struct error *err);

/* True where the rule names this disk, by serial, WWN or path, to be overwritten or resumed. */
bool disk_rule_names(const json_t *rule, const json_t *disk);

/* Picks among the disks that fit (size, bus, model, serial, WWN, spinning or not, not removable)
 * the blank ones and
 * those the rule names; "resume" comes first. *ret is borrowed from `disks` (the inventory's
 * array). None: -ENOENT, code SW-3005, with what was seen and why each did not fit. One that fits
 * but holds data: -EEXIST, code SW-3006, naming it and what it holds. */
int disk_rule_pick(const json_t *rule, const json_t *disks, const json_t **ret, struct error *err);

/* A disk's identity for "resume" and "overwrite": WWN, else serial, else path. Borrowed from disk.
 */
const char *disk_identity(const json_t *disk);
