// SPDX-License-Identifier: Apache-2.0
/* Which machine a key belongs to. */
#include "provisioner/daemon/enrolment.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/reconcile.h"

#define ALARM_EVERY_MS 60000 /* on one machine's timeline, whatever is tried */

struct candidates {
	struct member *same;    /* full evidence */
	struct member *bound;   /* part of it, and approved or installed */
	struct member *pending; /* part of it, and in quarantine */
	struct member *seen;    /* the same boot MAC, packets only */
};

static struct candidates find(const struct appliance *a, const struct evidence *e)
{
	struct candidates c = { 0 };

	for (size_t i = 0; i < a->roster.count; i++) {
		struct member *x = a->roster.members[i];

		if (x->m.state == MACHINE_SEEN) {
			if (mac_equal(&x->m.evidence.boot_mac, &e->boot_mac))
				c.seen = x;
			continue;
		}
		switch (evidence_compare(&x->m.evidence, e)) {
		case EVIDENCE_NONE:
			break;
		case EVIDENCE_FULL:
			c.same = x;
			break;
		case EVIDENCE_PART:
			if (x->m.state == MACHINE_PENDING)
				c.pending = x;
			else
				c.bound = x;
			break;
		}
	}
	return c;
}

/* One a minute: a flood of them must not push a machine's history out of its timeline. */
__attribute__((format(printf, 3, 4))) static void raise_alarm(
	struct appliance *a, struct member *x, const char *fmt, ...)
{
	char text[MEMBER_EVIDENCE_MAX], more[48] = "";
	int64_t now = monotonic_ms();
	va_list ap;

	if (x->alarm_ms && now - x->alarm_ms < ALARM_EVERY_MS) {
		x->alarms++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (x->alarms > 0)
		snprintf(more, sizeof(more), "; %u more since the last alarm", x->alarms);
	timeline_note(&a->timeline, x, "alarm", now_ms(), "%s%s", text, more);
	x->alarm_ms = now;
	x->alarms = 0;
	reconcile_save(a, x);
}

static int refuse(struct appliance *a, struct member *x, const char *address, struct error *err)
{
	raise_alarm(
		a, x, "a second key claims to be this machine, from %s; it was refused", address);
	fail_code(err, EEXIST, "SW-5004", "'%s' has this MAC, serial or UUID, and another key%s",
		x->m.name, x->m.installed ? ": it is installed" : "");
	return fail_hint(err,
		"slipway machine rm %s, if this is the same server: it then enrols by itself",
		x->m.name);
}

static bool is_bound(const struct member *x)
{
	return x->m.installed;
}

/* Nobody takes a machine from an agent that is alive. After a start of ours it gets the time to
 * make itself heard. */
static bool is_held(const struct appliance *a, const struct member *x)
{
	int64_t heard_ms = x->heard_ms ? x->heard_ms : a->opened_ms;

	return x->m.has_token && monotonic_ms() - heard_ms < ENROLMENT_SILENCE_MS;
}

static int refuse_held(
	struct appliance *a, struct member *x, const char *address, struct error *err)
{
	raise_alarm(a, x,
		"a second key claims to be this machine while its agent is alive, from %s; it was "
		"refused",
		address);
	fail_code(err, EBUSY, MACHINE_HELD,
		"'%s' has another key, whose agent spoke less than %d s ago", x->m.name,
		ENROLMENT_SILENCE_MS / 1000);
	return fail_hint(err,
		"nothing, if its power was cut: it is tried again; else two servers show the same "
		"MAC, serial and UUID");
}

static int add(
	struct appliance *a, const struct evidence *e, struct member **ret, struct error *err)
{
	struct machine m = { .state = MACHINE_SEEN, .created_ms = now_ms(), .evidence = *e };
	int r = reconcile_mint_id(m.id, err);

	if (r < 0)
		return r;
	m.changed_ms = m.stage_ms = m.created_ms;
	m.stage = STAGE_AGENT;
	reconcile_name(&e->boot_mac, m.name);
	if (roster_by_name(&a->roster, m.name))
		snprintf(m.name, sizeof(m.name), "m-%s", m.id);
	return reconcile_add(a, &m, ret, err);
}

/* The machine this key is for. *ret_again: it comes back, with a new key or the one it had. */
static int choose(struct appliance *a, const struct auth_proof *proof, const struct evidence *e,
	const char *address, struct member **ret, struct error *err)
{
	struct candidates c;

	*ret = roster_by_key(&a->roster, proof->key);
	if (*ret)
		return 0;
	c = find(a, e);
	if (c.same && is_bound(c.same))
		return refuse(a, c.same, address, err);
	if (c.same && is_held(a, c.same))
		return refuse_held(a, c.same, address, err);
	if (c.same) {
		*ret = c.same;
		return 0;
	}
	if (c.bound)
		return refuse(a, c.bound, address, err);
	*ret = c.seen;
	if (!*ret && add(a, e, ret, err) < 0)
		return err->number;
	if (c.pending) {
		raise_alarm(a, c.pending, "another machine shows part of the same evidence: %s",
			(*ret)->m.name);
		raise_alarm(a, *ret, "another machine shows part of the same evidence: %s",
			c.pending->m.name);
	}
	return 0;
}

/* Binds key, token and evidence; the token's text goes to the agent alone. */
static int bind_key(struct appliance *a, struct member *x, const struct auth_proof *proof,
	const struct evidence *e, char token[static AUTH_TOKEN_MAX], struct error *err)
{
	roster_forget_keys(&a->roster, x);
	x->changed_in = state_generation(a->state);
	x->m.has_key = true;
	memcpy(x->m.key, proof->key, sizeof(x->m.key));
	x->m.evidence = *e;
	x->m.has_token = auth_mint_token(token, &x->m.token, err) == 0;
	if (!x->m.has_token || roster_index_keys(&a->roster, x, err) < 0)
		return err->number;
	return auth_check_code(a->auth, proof, x->m.check_code, err);
}

static int keep_inventory(
	struct appliance *a, struct member *x, const json_t *inventory, struct error *err)
{
	auto_free char *text = NULL;
	int r = json_write(inventory, &text, err);

	if (r == 0)
		r = state_put_machine(a->state, &x->m, err);
	return r == 0 ? state_put_inventory(a->state, x->m.id, text, err) : r;
}

static void tell_timeline(struct appliance *a, struct member *x, bool new_key, int64_t now)
{
	struct timeline *t = &a->timeline;

	if (x->m.state == MACHINE_PENDING) {
		timeline_enter(t, x, STAGE_ENROL, now, "proved its key; %s %s, serial %s",
			x->m.evidence.vendor, x->m.evidence.product,
			x->m.evidence.serial[0] ? x->m.evidence.serial : "none");
		timeline_enter(t, x, STAGE_APPROVE, now, "check code %s", x->m.check_code);
	} else if (new_key) {
		timeline_enter(
			t, x, STAGE_ENROL, now, "came back with the same evidence and a new key");
		timeline_enter(t, x, STAGE_WRITE, now, "goes on with what was approved");
	}
}

int enrolment_accept(struct appliance *a, const struct auth_proof *proof, const json_t *inventory,
	const char *address, json_t **ret, struct error *err)
{
	char token[AUTH_TOKEN_MAX];
	struct evidence e;
	struct member *x = NULL;
	int64_t now = now_ms();
	bool new_key;
	int r = evidence_from_inventory(inventory, &e, err);

	if (r == 0)
		r = choose(a, proof, &e, address, &x, err);
	if (r < 0)
		return r;
	new_key = !x->m.has_key || memcmp(x->m.key, proof->key, sizeof(x->m.key)) != 0;
	r = bind_key(a, x, proof, &e, token, err);
	if (r == 0)
		r = keep_inventory(a, x, inventory, err);
	if (r < 0)
		return r;
	reconcile_heard(a, x, address);
	if (new_key)
		(void)reconcile_event(a, x, MACHINE_ENROL, now); /* unknown where it is installed */
	tell_timeline(a, x, new_key, now);
	reconcile_save(a, x);
	admission_try_windows(a, x, now);
	*ret = json_pack("{s:s, s:s, s:s, s:s}", "machine", x->m.id, "name", x->m.name,
		"check_code", x->m.check_code, "token", token);
	explicit_bzero(token, sizeof(token));
	return *ret ? 0 : fail_memory(err);
}
