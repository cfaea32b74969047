// SPDX-License-Identifier: Apache-2.0
/*
 * The audit log: who changed what on this appliance, a line of JSON each, in STATE_DIR/audit.jsonl.
 *
 * The daemon writes it for its API, and the command for what it does to the store and the trusted
 * keys by itself, whether a daemon runs or not: an entry is written under a lock, and durable on
 * return. It is written before the change it tells of is made durable, so that no change goes
 * without; whoever can't write it must not go on. Past AUDIT_FILE_MAX the file becomes
 * audit.jsonl.1, and what was there is dropped. No secret may stand in an entry.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define AUDIT_FILE_MAX (4 << 20) /* bytes; some 20,000 entries */
#define AUDIT_TEXT_MAX 512       /* of object and detail; what is longer is cut */
#define AUDIT_READ_MAX 1000      /* entries one answer holds */

struct audit_entry {
	const char *action; /* "machine.approve", "trust.add", "bundle.import" */
	const char *object; /* the name of what was changed */
	const char *detail; /* "profile worker"; NULL: nothing more to say */
	uid_t uid;          /* who asked for it */
};

/* Appends n entries, at least one, as one write. Errors carry SW-1027 and a hint. */
int audit_append(
	const char *state_dir, const struct audit_entry *entries, size_t n, struct error *err);

/* The last `max` entries, oldest first, as an array of {"time_ms", "uid", "user", "action",
 * "object", "detail"}; empty where there are none yet. What is no entry is left out. The caller
 * owns it. */
int audit_read(const char *state_dir, size_t max, json_t **ret, struct error *err);
