// SPDX-License-Identifier: Apache-2.0
/* Machines: names of states and events, what faces are shown, and the transition table (at the
 * end). */
#include "provisioner/model/machine.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"

static const char *const state_names[MACHINE_STATE_COUNT] = {
	[MACHINE_SEEN] = "seen",
	[MACHINE_PENDING] = "pending",
	[MACHINE_APPROVED] = "approved",
	[MACHINE_WRITING] = "writing",
	[MACHINE_BOOTING] = "booting",
	[MACHINE_JOINING] = "joining",
	[MACHINE_READY] = "ready",
	[MACHINE_FAILED] = "failed",
	[MACHINE_PARKED] = "parked",
};

static const char *const event_names[MACHINE_EVENT_COUNT] = {
	[MACHINE_ENROL] = "enrol",
	[MACHINE_APPROVE] = "approve",
	[MACHINE_WRITE] = "write",
	[MACHINE_FAIL] = "fail",
	[MACHINE_RETRY] = "retry",
	[MACHINE_PARK] = "park",
	[MACHINE_INSTALLED] = "installed",
	[MACHINE_NETBOOT] = "netboot",
	[MACHINE_SYSTEM_UP] = "system-up",
	[MACHINE_NODE_READY] = "node-ready",
	[MACHINE_NODE_LOST] = "node-lost",
};

const char *machine_state_name(enum machine_state s)
{
	return state_names[s];
}

int machine_state_parse(const char *name, enum machine_state *ret, struct error *err)
{
	for (unsigned i = 0; i < MACHINE_STATE_COUNT; i++) {
		if (strcmp(state_names[i], name) == 0) {
			*ret = (enum machine_state)i;
			return 0;
		}
	}
	return fail_code(err, EINVAL, NULL, "there is no machine state '%s'", name);
}

const char *machine_event_name(enum machine_event e)
{
	return event_names[e];
}

void machine_set_reason(struct machine *m, const char *reason)
{
	utf8_copy(m->reason, sizeof(m->reason), reason);
}

bool machine_failure(struct machine *m, const char *code, const char *reason)
{
	if (strncmp(m->failure_code, code, sizeof(m->failure_code) - 1) == 0)
		m->failures++;
	else
		m->failures = 1;
	snprintf(m->failure_code, sizeof(m->failure_code), "%s", code);
	machine_set_reason(m, reason);
	return m->failures >= MACHINE_SAME_FAILURES_MAX;
}

static json_t *macs_json(const struct evidence *e)
{
	char text[MAC_TEXT_MAX];
	json_t *macs = json_array();

	for (size_t i = 0; i < e->macs_n; i++)
		json_array_append_new(macs, json_string(mac_format(&e->macs[i], text)));
	return macs;
}

json_t *machine_json(const struct machine *m, const struct stage_history *history, int64_t now_ms)
{
	char mac[MAC_TEXT_MAX];

	return json_pack(
		"{s:s, s:s, s:s, s:I, s:I, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, "
		"s:i, s:s, s:s, s:s, s:s, s:o}",
		"id", m->id, "name", m->name, "state", machine_state_name(m->state), "created_ms",
		(json_int_t)m->created_ms, "changed_ms", (json_int_t)m->changed_ms, "mac",
		mac_format(&m->evidence.boot_mac, mac), "macs", macs_json(&m->evidence), "vendor",
		m->evidence.vendor, "product", m->evidence.product, "serial", m->evidence.serial,
		"uuid", m->evidence.uuid, "check_code", m->check_code, "profile", m->profile,
		"installed", m->installed, "disk", m->disk, "failures", m->failures, "code",
		m->failure_code, "reason", m->reason, "address", m->address, "trust", "L0", "waits",
		stage_wait_json(history, m->stage, m->stage_ms, now_ms));
}

/*
 * Rows are states, columns events; `go` to a state with effects. A cell that is not there means
 * nothing: the event is ignored, or refused where someone asks for it.
 */
#define go(state, effects)                                                                         \
	{                                                                                          \
		MACHINE_##state, (effects), true                                                   \
	}
#define PLAN       (MACHINE_MAKE_PLAN | MACHINE_PREPARE_NODE)
#define FRESH_PLAN (PLAN | MACHINE_CLEAR_FAILURES | MACHINE_BOOT_AGENT)
#define DONE       (MACHINE_BOOT_LOCAL | MACHINE_DROP_PLAN | MACHINE_CLEAR_FAILURES)
#define AGAIN      (MACHINE_DROP_PLAN | MACHINE_ARM_RETRY)

static const struct machine_step table[MACHINE_STATE_COUNT][MACHINE_EVENT_COUNT] = {
	[MACHINE_SEEN] = {
		[MACHINE_ENROL] = go(PENDING, 0),
		[MACHINE_NETBOOT] = go(SEEN, 0),
	},
	[MACHINE_PENDING] = {
		[MACHINE_ENROL] = go(PENDING, 0),
		[MACHINE_NETBOOT] = go(PENDING, 0),
		[MACHINE_APPROVE] = go(APPROVED, FRESH_PLAN),
	},
	[MACHINE_APPROVED] = {
		[MACHINE_ENROL] = go(APPROVED, MACHINE_MAKE_PLAN),
		[MACHINE_NETBOOT] = go(APPROVED, 0),
		[MACHINE_APPROVE] = go(APPROVED, FRESH_PLAN),
		[MACHINE_WRITE] = go(WRITING, 0),
		[MACHINE_FAIL] = go(FAILED, AGAIN),
		[MACHINE_PARK] = go(PARKED, MACHINE_DROP_PLAN),
		[MACHINE_INSTALLED] = go(BOOTING, DONE),
	},
	[MACHINE_WRITING] = {
		/* power was cut and its agent is back with a new key: go on with a new plan */
		[MACHINE_ENROL] = go(APPROVED, MACHINE_MAKE_PLAN),
		[MACHINE_NETBOOT] = go(WRITING, 0),
		[MACHINE_WRITE] = go(WRITING, 0),
		[MACHINE_FAIL] = go(FAILED, AGAIN),
		[MACHINE_PARK] = go(PARKED, MACHINE_DROP_PLAN),
		[MACHINE_INSTALLED] = go(BOOTING, DONE),
	},
	[MACHINE_BOOTING] = {
		[MACHINE_INSTALLED] = go(BOOTING, 0),
		[MACHINE_NETBOOT] = go(BOOTING, MACHINE_COUNT_BOOT),
		[MACHINE_PARK] = go(PARKED, 0),
		[MACHINE_SYSTEM_UP] = go(JOINING, MACHINE_CLEAR_FAILURES),
		[MACHINE_NODE_READY] = go(READY, MACHINE_CLEAR_FAILURES),
	},
	[MACHINE_JOINING] = {
		[MACHINE_NETBOOT] = go(BOOTING, MACHINE_COUNT_BOOT),
		[MACHINE_SYSTEM_UP] = go(JOINING, 0),
		[MACHINE_NODE_READY] = go(READY, MACHINE_CLEAR_FAILURES),
		[MACHINE_NODE_LOST] = go(JOINING, 0),
	},
	[MACHINE_READY] = {
		[MACHINE_NETBOOT] = go(BOOTING, MACHINE_COUNT_BOOT),
		[MACHINE_SYSTEM_UP] = go(READY, 0),
		[MACHINE_NODE_READY] = go(READY, 0),
		[MACHINE_NODE_LOST] = go(JOINING, 0),
	},
	[MACHINE_FAILED] = {
		[MACHINE_ENROL] = go(APPROVED, MACHINE_MAKE_PLAN),
		[MACHINE_NETBOOT] = go(FAILED, 0),
		[MACHINE_APPROVE] = go(APPROVED, FRESH_PLAN),
		[MACHINE_RETRY] = go(APPROVED, PLAN),
		[MACHINE_PARK] = go(PARKED, MACHINE_DROP_PLAN),
	},
	[MACHINE_PARKED] = {
		[MACHINE_ENROL] = go(PARKED, 0),
		[MACHINE_NETBOOT] = go(PARKED, 0),
		[MACHINE_APPROVE] = go(APPROVED, FRESH_PLAN),
		/* an installed machine that came up after all */
		[MACHINE_SYSTEM_UP] = go(JOINING, MACHINE_CLEAR_FAILURES),
		[MACHINE_NODE_READY] = go(READY, MACHINE_CLEAR_FAILURES),
	},
};

struct machine_step machine_step(enum machine_state from, enum machine_event event)
{
	struct machine_step step = table[from][event];

	if (!step.known)
		step.to = from;
	return step;
}
