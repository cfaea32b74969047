// SPDX-License-Identifier: Apache-2.0
/*
 * What the appliance must not forget: machines, plans, join files, timelines, profiles, clusters,
 * windows. The loop thread alone calls this. A change is durable after state_commit(), which every
 * handler calls before it answers 2xx; what nobody waits for is committed shortly after. A write
 * that failed is told again by the next commit, so a caller on the way may pass over it.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "provisioner/model/cluster.h"
#include "provisioner/model/machine.h"
#include "provisioner/model/window.h"

struct state;
int state_open(const char *path, struct state **ret, struct error *err);
void state_close(struct state *s);
int state_commit(struct state *s, struct error *err);
/* Drops what was written since the last commit. */
void state_rollback(struct state *s);
/* Another number after each commit, from 1: what bears the present one is not durable yet. */
uint64_t state_generation(const struct state *s);

/* Machines: the record alone, or with what is kept beside it (JSON texts; "" where none). */
int state_put_machine(struct state *s, const struct machine *m, struct error *err);
int state_put_inventory(struct state *s, const char *id, const char *text, struct error *err);
int state_put_plan(struct state *s, const char *id, const char *text, struct error *err);
/* 1, or 0 where there is none of this id. */
int state_get_machine(struct state *s, const char *id, struct machine *ret, struct error *err);
/* What was written onto its disk the last time; NULL in *ret where that is not known. */
int state_put_receipt(struct state *s, const char *id, const json_t *receipt, struct error *err);
int state_get_receipt(struct state *s, const char *id, json_t **ret, struct error *err);
int state_drop_machine(struct state *s, const char *id, struct error *err);
/* NULL in *ret where there is none. The caller owns it. */
int state_get_inventory(struct state *s, const char *id, json_t **ret, struct error *err);
int state_get_plan(struct state *s, const char *id, json_t **ret, struct error *err);
typedef int (*state_machine_fn)(const struct machine *m, void *arg, struct error *err);
int state_each_machine(struct state *s, state_machine_fn fn, void *arg, struct error *err);

/* A machine's certificate request and, once issued, its join files. */
struct state_join {
	char *csr;     /* PEM text; NULL: none */
	json_t *files; /* NULL: not issued yet */
};
void state_join_done(struct state_join *j);
#define auto_join __attribute__((cleanup(state_join_done))) struct state_join
int state_put_join(
	struct state *s, const char *id, const char *csr, const json_t *files, struct error *err);
int state_get_join(struct state *s, const char *id, struct state_join *ret, struct error *err);
int state_drop_join(struct state *s, const char *id, struct error *err);

/* One row of a timeline. */
struct state_row {
	int64_t number;
	int64_t boot;
	enum stage stage;
	const char *status; /* "running", "done", "failed", "interrupted", "alarm" */
	int64_t start_ms;
	int64_t end_ms; /* 0: still running */
	const char *evidence;
	int64_t bytes;    /* 0: does not apply */
	int64_t rate_bps; /* bytes a second; 0: does not apply */
};
#define STATE_ROWS_MAX 1000 /* kept a machine; the oldest go first */
int state_put_row(struct state *s, const char *id, const struct state_row *row, struct error *err);
/* The last row's number, 0 where there is none. */
int state_last_row(struct state *s, const char *id, int64_t *ret, struct error *err);
typedef void (*state_row_fn)(const struct state_row *row, void *arg);
int state_each_row(struct state *s, const char *id, state_row_fn fn, void *arg, struct error *err);
/* The row that still runs; 0 calls of fn where there is none. */
int state_open_row(struct state *s, const char *id, state_row_fn fn, void *arg, struct error *err);
/* This site's latest durations. */
int state_load_history(struct state *s, struct stage_history *ret, struct error *err);

/* Profiles by name: normalised JSON. -ENOENT where there is none. */
int state_put_profile(struct state *s, const char *name, const json_t *body, struct error *err);
int state_get_profile(struct state *s, const char *name, json_t **ret, struct error *err);
int state_drop_profile(struct state *s, const char *name, struct error *err);
/* All, as an array sorted by name. */
int state_list_profiles(struct state *s, json_t **ret, struct error *err);

int state_put_cluster(struct state *s, const struct cluster *c, struct error *err);
int state_get_cluster(struct state *s, const char *name, struct cluster *ret, struct error *err);
int state_drop_cluster(struct state *s, const char *name, struct error *err);
typedef int (*state_cluster_fn)(const struct cluster *c, void *arg, struct error *err);
int state_each_cluster(struct state *s, state_cluster_fn fn, void *arg, struct error *err);

int state_put_window(struct state *s, const struct window *w, struct error *err);
int state_drop_window(struct state *s, const char *id, struct error *err);
typedef int (*state_window_fn)(const struct window *w, void *arg, struct error *err);
int state_each_window(struct state *s, state_window_fn fn, void *arg, struct error *err);
