// SPDX-License-Identifier: Apache-2.0
/*
 * All machines in memory, found by id, name, key, token, MAC or address. Bounded: machines that
 * were only seen by ROSTER_SEEN_MAX, all of them by CONFIG_MACHINES_MAX; the oldest of the least
 * known go.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "provisioner/daemon/index.h"
#include "provisioner/model/machine.h"

#define ROSTER_SEEN_MAX     4096
#define MEMBER_EVIDENCE_MAX 256

/* The timeline's open row of a machine. */
struct member_row {
	bool open;
	int64_t number; /* of the open row */
	int64_t last;   /* number of the last row of all */
	int64_t start_ms;
	int64_t bytes;
	int64_t rate_bps;
	char evidence[MEMBER_EVIDENCE_MAX];
};

/* A machine and what the daemon keeps of it beside the record. */
struct appliance;

struct member {
	struct machine m;
	struct appliance *appliance; /* whose machine it is */
	struct member_row row;
	size_t place;        /* in the roster's array */
	uint64_t changed_in; /* state_generation() of its last change; 0: none since the start */
	int64_t heard_ms;    /* monotonic: last call of its agent; 0: none since the start */
	int64_t alarm_ms;    /* monotonic: last alarm on its timeline; 0: none since the start */
	unsigned alarms;     /* that were not written since, as there was one already */
	int64_t offered_ms;  /* when a new window was last offered to it */
	int64_t kept_ms;     /* when its running report was last written through */
	int64_t overdue_ms;  /* the stage_ms that was found to be too long ago; 0: none */
	char step[64];       /* "layer 2/3", as the agent told */
	int64_t done_bytes;
	int64_t total_bytes;
	bool admitting;                  /* its certificate request is with the cluster */
	bool label_due;                  /* its Node is to get the profile's labels */
	bool labelled;                   /* its Node has the profile's labels */
	char join_error[ERROR_TEXT_MAX]; /* why that was refused; "" where it was not */
	char join_code[8];
	sd_event_source *retry; /* armed while it is failed */
};

struct roster {
	struct member **members;
	size_t count;
	size_t cap;
	struct index index;
};

int roster_init(struct roster *r, struct error *err);
void roster_done(struct roster *r);

/* Adds a machine; the member belongs to the roster. `evicted` is called for one that has to go
 * first, before it is freed. -ENOSPC with SW-5006 where every machine is known too well to go. */
typedef void (*roster_evict_fn)(struct member *x, void *arg);
int roster_add(struct roster *r, const struct machine *m, roster_evict_fn evicted, void *arg,
	struct member **ret, struct error *err);
void roster_remove(struct roster *r, struct member *x);

/* Brings the index up to date: call it before and after a change of what machines are found by. */
void roster_forget_keys(struct roster *r, struct member *x);
int roster_index_keys(struct roster *r, struct member *x, struct error *err);

/* Each: borrowed, or NULL. */
struct member *roster_by_id(const struct roster *r, const char *id);
struct member *roster_by_name(const struct roster *r, const char *name);
struct member *roster_by_key(const struct roster *r, const uint8_t key[static MACHINE_KEY_SIZE]);
struct member *roster_by_token(const struct roster *r, const struct digest *token);
struct member *roster_by_mac(const struct roster *r, const struct mac *mac);
struct member *roster_by_address(const struct roster *r, const char *address);
/* By id, name, MAC, or the serial of exactly one. */
struct member *roster_by_reference(const struct roster *r, const char *text);
