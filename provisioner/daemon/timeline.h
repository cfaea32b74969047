// SPDX-License-Identifier: Apache-2.0
/*
 * Timelines: which stage a machine is in, since when, and how we know. One row runs at a time; a
 * new stage ends it. Rows go to the state database and to whoever follows events; a failed write is
 * told by the next state_commit().
 */
#pragma once

#include <stdint.h>

#include "provisioner/daemon/events.h"
#include "provisioner/daemon/roster.h"
#include "provisioner/daemon/state.h"

struct timeline {
	struct state *state;   /* borrowed */
	struct events *events; /* borrowed */
	struct stage_history history;
};

/* The machine is in this stage now. The same stage again only renews the evidence; an earlier one
 * begins a new boot and marks the running row as interrupted. fmt NULL keeps the evidence. */
void timeline_enter(struct timeline *t, struct member *x, enum stage stage, int64_t now_ms,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* How much and how fast, for the running row; written through where `keep` is set. */
void timeline_measure(
	struct timeline *t, struct member *x, int64_t bytes, int64_t rate_bps, bool keep);

/* The running row ended this way: "done", "failed". */
void timeline_end(struct timeline *t, struct member *x, const char *status, int64_t now_ms,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Something an operator must see, beside the stages: status "alarm" or "note". */
void timeline_note(struct timeline *t, struct member *x, const char *status, int64_t now_ms,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Reads back where a machine's timeline stood. */
int timeline_load(struct timeline *t, struct member *x, struct error *err);

/* All rows as JSON, oldest first. The caller owns it. */
int timeline_json(struct timeline *t, struct member *x, json_t **ret, struct error *err);
