// SPDX-License-Identifier: Apache-2.0
/* Transitions and their effects. */
#include "provisioner/daemon/reconcile.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ed25519.h"
#include "base/encode.h"
#include "base/log.h"
#include "provisioner/daemon/durable.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/planning.h"

#define RETRY_PAUSE_MS    10000
#define RETRY_ACCURACY_US 100000
#define ID_BYTES          8

int reconcile_mint_id(char out[static MACHINE_ID_MAX], struct error *err)
{
	uint8_t bytes[ID_BYTES];
	int r = random_bytes(bytes, sizeof(bytes), err);

	if (r == 0)
		hex_format(bytes, sizeof(bytes), out);
	return r;
}

void reconcile_name(const struct mac *mac, char out[static MACHINE_NAME_MAX])
{
	char hex[2 * sizeof(mac->bytes) + 1];

	hex_format(mac->bytes, sizeof(mac->bytes), hex);
	snprintf(out, MACHINE_NAME_MAX, "m-%s", hex);
}

void reconcile_save(struct appliance *a, struct member *x)
{
	struct error told_by_commit;

	x->changed_in = state_generation(a->state);
	(void)state_put_machine(a->state, &x->m, &told_by_commit);
	events_publish(a->events, "machine", machine_json(&x->m, &a->timeline.history, now_ms()));
	appliance_touch(a);
}

/* All its cards: firmware may boot from any of them. */
static void set_local(struct appliance *a, struct member *x, bool local)
{
	const struct evidence *e = &x->m.evidence;
	struct error err = { 0 };
	int r = boot_table_set_local(a->boot, &e->boot_mac, local, &err);

	for (size_t i = 0; i < e->macs_n && r == 0; i++)
		r = boot_table_set_local(a->boot, &e->macs[i], local, &err);
	if (r < 0)
		log_err(&err, x->m.name);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *arg)
{
	struct member *x = arg;

	(void)source;
	(void)usec;
	x->retry = sd_event_source_unref(x->retry);
	(void)reconcile_event(x->appliance, x, MACHINE_RETRY, now_ms()); /* or it has moved on */
	return 0;
}

static void arm_retry(struct appliance *a, struct member *x)
{
	uint64_t pause_us = (uint64_t)RETRY_PAUSE_MS * 1000 * (uint64_t)(x->m.failures + 1);
	int r;

	x->retry = sd_event_source_unref(x->retry);
	r = sd_event_add_time_relative(
		a->loop, &x->retry, CLOCK_MONOTONIC, pause_us, RETRY_ACCURACY_US, on_retry, x);
	if (r < 0)
		log_error("%s: its retry could not be armed: %s", x->m.name, strerror(-r));
}

static void make_plan(struct appliance *a, struct member *x, int64_t now)
{
	struct error err = { 0 };

	if (planning_make(a, x, &err) < 0)
		reconcile_failure(a, x, err.code[0] ? err.code : "SW-3001", err.text, now);
}

/* One more time it was told to boot from its disk and asked the network again. */
static void count_boot(struct appliance *a, struct member *x, int64_t now)
{
	if (++x->m.netboots <= MACHINE_SAME_FAILURES_MAX)
		return;
	snprintf(x->m.failure_code, sizeof(x->m.failure_code), "SW-3020");
	machine_set_reason(&x->m,
		"told to boot from its disk three times, and asked the network again each time: its "
		"firmware can't start the installed system. Check the disk's place in its boot order");
	(void)reconcile_event(a, x, MACHINE_PARK, now);
}

static void clear_failures(struct member *x)
{
	x->m.failures = 0;
	x->m.netboots = 0;
	x->m.failure_code[0] = 0;
	x->m.reason[0] = 0;
}

static void carry_out(struct appliance *a, struct member *x, unsigned effects, int64_t now)
{
	struct error told_by_commit;

	if (effects & MACHINE_CLEAR_FAILURES)
		clear_failures(x);
	if (effects & MACHINE_BOOT_AGENT) {
		if (x->m.installed)
			x->m.disk[0] =
				0; /* what is on it is data now, to be named to be overwritten */
		x->m.installed = false;
		x->m.boot_id[0] = 0;
		set_local(a, x, false);
	}
	if (effects & MACHINE_BOOT_LOCAL) {
		x->m.installed = true;
		set_local(a, x, true);
	}
	if (effects & MACHINE_DROP_PLAN)
		(void)state_put_plan(a->state, x->m.id, "", &told_by_commit);
	if (effects & MACHINE_PREPARE_NODE)
		joining_prepare(a->joining, x);
	if (effects & MACHINE_MAKE_PLAN)
		make_plan(a, x, now);
	if (effects & MACHINE_ARM_RETRY)
		arm_retry(a, x);
	if (effects & MACHINE_COUNT_BOOT)
		count_boot(a, x, now);
}

bool reconcile_event(struct appliance *a, struct member *x, enum machine_event event, int64_t now)
{
	struct machine_step step = machine_step(x->m.state, event);

	if (!step.known)
		return false;
	log_debug("%s: %s in state %s", x->m.name, machine_event_name(event),
		machine_state_name(x->m.state));
	if (step.to != x->m.state) {
		x->m.state = step.to;
		x->m.changed_ms = now;
		log_info("%s is %s", x->m.name, machine_state_name(step.to));
	}
	if (step.to != MACHINE_FAILED)
		x->retry = sd_event_source_unref(x->retry);
	carry_out(a, x, step.effects, now);
	reconcile_save(a, x);
	return true;
}

void reconcile_failure(
	struct appliance *a, struct member *x, const char *code, const char *detail, int64_t now)
{
	bool last;

	if (!machine_step(x->m.state, MACHINE_FAIL).known)
		return;
	last = machine_failure(&x->m, code, detail);
	timeline_end(&a->timeline, x, "failed", now, "%s %s", code, detail);
	log_warn("%s: %s %s", x->m.name, code, detail);
	(void)reconcile_event(a, x, last ? MACHINE_PARK : MACHINE_FAIL, now);
}

static void forget(struct appliance *a, struct member *x)
{
	if (x->m.installed)
		set_local(a, x, false);
	joining_forget(a->joining, x);
	events_publish(
		a->events, "removed", json_pack("{s:s, s:s}", "id", x->m.id, "name", x->m.name));
}

/* Where that can't be made durable it comes back with the next start, which does no harm. */
static void evict(struct member *x, void *arg)
{
	struct appliance *a = arg;
	struct error told_by_commit;

	(void)state_drop_machine(a->state, x->m.id, &told_by_commit);
	forget(a, x);
	appliance_touch(a);
}

int reconcile_add(
	struct appliance *a, const struct machine *m, struct member **ret, struct error *err)
{
	int r = roster_add(&a->roster, m, evict, a, ret, err);

	if (r < 0)
		return r;
	(*ret)->appliance = a;
	(*ret)->changed_in = state_generation(a->state);
	return 0;
}

int reconcile_remove(struct appliance *a, struct member *x, struct error *err)
{
	int r = durable_commit(a, err); /* what is not of this: x is known to stay after it */

	if (r == 0)
		r = state_drop_machine(a->state, x->m.id, err);
	if (r == 0)
		r = durable_commit(a, err);
	if (r < 0)
		return r;
	forget(a, x);
	roster_remove(&a->roster, x);
	return 0;
}

int reconcile_restore(struct appliance *a, struct member *x, struct error *err)
{
	struct machine m;
	int r = state_get_machine(a->state, x->m.id, &m, err);

	if (r < 0)
		return r;
	if (r == 0) {
		forget(a, x);
		roster_remove(&a->roster, x);
		return 0;
	}
	if (m.installed != x->m.installed)
		set_local(a, x, m.installed);
	roster_forget_keys(&a->roster, x);
	x->m = m;
	r = roster_index_keys(&a->roster, x, err);
	x->row = (struct member_row){ 0 };
	if (r == 0)
		r = timeline_load(&a->timeline, x, err);
	x->retry = sd_event_source_unref(x->retry);
	if (m.state == MACHINE_FAILED)
		arm_retry(a, x);
	events_publish(a->events, "machine", machine_json(&x->m, &a->timeline.history, now_ms()));
	/* a certificate that came and could not be kept is asked for once more */
	return r == 0 && a->joining ? joining_resume_one(a->joining, x, err) : r;
}

void reconcile_address(struct appliance *a, struct member *x, const char *address)
{
	struct error err = { 0 };

	if (!address[0] || strcmp(x->m.address, address) == 0)
		return;
	roster_forget_keys(&a->roster, x);
	snprintf(x->m.address, sizeof(x->m.address), "%s", address);
	if (roster_index_keys(&a->roster, x, &err) < 0)
		log_err(&err, x->m.name);
}

void reconcile_heard(struct appliance *a, struct member *x, const char *address)
{
	x->heard_ms = monotonic_ms();
	reconcile_address(a, x, address);
}

int reconcile_resume(struct appliance *a, struct error *err)
{
	for (size_t i = 0; i < a->roster.count; i++) {
		struct member *x = a->roster.members[i];
		int r = timeline_load(&a->timeline, x, err);

		if (r < 0)
			return r;
		x->appliance = a;
		if (x->m.installed)
			set_local(a, x, true);
		if (x->m.state == MACHINE_FAILED)
			arm_retry(a, x);
	}
	return 0;
}
