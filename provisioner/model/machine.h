// SPDX-License-Identifier: Apache-2.0
/*
 * A machine: one physical server, from its first packet to a Ready node. Plain data and one pure
 * transition table; reconcile in the daemon feeds it events and carries out what it asks for.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "provisioner/model/evidence.h"
#include "provisioner/model/stage.h"

#define MACHINE_ID_MAX            24
#define MACHINE_NAME_MAX          64 /* a DNS label and NUL */
#define MACHINE_REASON_MAX        512
#define MACHINE_ADDRESS_MAX       46
#define MACHINE_KEY_SIZE          32
#define MACHINE_SAME_FAILURES_MAX 3 /* the same failure so often: parked */

/* The code of a refused enrolment that is to be tried again: the machine's other key is alive. */
#define MACHINE_HELD "SW-5012"

enum machine_state {
	MACHINE_SEEN,     /* packets only; no agent has spoken */
	MACHINE_PENDING,  /* enrolled, in quarantine */
	MACHINE_APPROVED, /* has a plan the agent has not begun */
	MACHINE_WRITING,
	MACHINE_BOOTING, /* installed; its system has not been seen since */
	MACHINE_JOINING, /* its system is up; the cluster does not call it ready */
	MACHINE_READY,
	MACHINE_FAILED, /* tried again by itself */
	MACHINE_PARKED, /* the same failure three times: waits for an operator */
};
#define MACHINE_STATE_COUNT 9

enum machine_event {
	MACHINE_ENROL,     /* an agent proved its key */
	MACHINE_APPROVE,   /* by click or window */
	MACHINE_WRITE,     /* the agent began to write, or goes on */
	MACHINE_FAIL,      /* a step failed */
	MACHINE_RETRY,     /* the pause after a failure is over */
	MACHINE_PARK,      /* the same failure for the last time */
	MACHINE_INSTALLED, /* the disk is complete */
	MACHINE_NETBOOT,   /* asked the network for something to boot */
	MACHINE_SYSTEM_UP, /* DHCP or registry requests of the installed system, or its Node object
			    */
	MACHINE_NODE_READY,
	MACHINE_NODE_LOST, /* its Node is not ready any more, or gone */
};
#define MACHINE_EVENT_COUNT 11

/* What the daemon has to do after a transition; a set of bits. */
enum machine_effect {
	MACHINE_MAKE_PLAN = 1 << 0, /* a new plan with a new sequence number */
	MACHINE_DROP_PLAN = 1 << 1,
	MACHINE_PREPARE_NODE = 1 << 2, /* the cluster forgets an earlier node of this name */
	MACHINE_BOOT_LOCAL = 1 << 3,   /* from now on netboots are told to boot from disk */
	MACHINE_BOOT_AGENT = 1 << 4,
	MACHINE_ARM_RETRY = 1 << 5, /* MACHINE_RETRY after a pause */
	MACHINE_CLEAR_FAILURES = 1 << 6,
	MACHINE_COUNT_BOOT = 1 << 7, /* one more netboot without the system coming up */
};

struct machine {
	char id[MACHINE_ID_MAX];     /* minted by the appliance, for ever */
	char name[MACHINE_NAME_MAX]; /* hostname once approved; before that made of the boot MAC */
	enum machine_state state;
	int64_t created_ms;
	int64_t changed_ms; /* of the last change of state */
	struct evidence evidence;
	bool has_key;
	uint8_t key[MACHINE_KEY_SIZE]; /* Ed25519, raw */
	struct digest token; /* SHA-256 of the bearer token; the token itself is nowhere */
	bool has_token;
	char check_code[10];            /* "1234-5678", shown on both screens */
	char profile[MACHINE_NAME_MAX]; /* "" before approval */
	int64_t plan_seq;               /* 0: there was none yet */
	bool installed;
	char disk[EVIDENCE_TEXT_MAX]; /* identity of the disk we write or wrote; "" before */
	char boot_id[64];             /* of the system that was last ready; "" before */
	int failures;                 /* the same one in a row */
	char failure_code[8];
	char reason[MACHINE_REASON_MAX]; /* why it waits, failed or is parked; "" where all is well
					  */
	int netboots;                    /* told to boot local since its system was last seen */
	enum stage stage;                /* where the timeline stands */
	int64_t stage_ms;                /* since when */
	int64_t boot;                    /* how often the timeline began anew */
	char address[MACHINE_ADDRESS_MAX]; /* IP address it was last seen with; "" before */
};

const char *machine_state_name(enum machine_state s);
int machine_state_parse(const char *name, enum machine_state *ret, struct error *err);
const char *machine_event_name(enum machine_event e);

struct machine_step {
	enum machine_state to;
	unsigned effects; /* of enum machine_effect */
	bool known;       /* false: this event means nothing in this state; nothing changes */
};

/* The table: what an event does in a state. Pure. */
struct machine_step machine_step(enum machine_state from, enum machine_event event);

/* Sets why it waits; cut between characters where it is too long. */
void machine_set_reason(struct machine *m, const char *reason);

/* Counts a failure; true where it was the same for the last allowed time. */
bool machine_failure(struct machine *m, const char *code, const char *reason);

/* What faces are shown (no key, no token, no inventory). The caller owns it; NULL without memory.
 */
json_t *machine_json(const struct machine *m, const struct stage_history *history, int64_t now_ms);
