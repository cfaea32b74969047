// SPDX-License-Identifier: Apache-2.0
/* The admin API's machines: listed, shown, approved, forgotten. */
#include <stdio.h>
#include <stdlib.h>

#include "base/audit.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/http_admin.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/daemon/undo.h"

#define APPROVE_MAX  10000
#define APPROVAL_MAX 160 /* of an approval's words in the audit log */

static const struct json_field approve_fields[] = {
	{ "profile", JSON_KIND_STRING, false, 63 },
	{ 0 },
};

static const struct json_field approve_many_fields[] = {
	{ "machines", JSON_KIND_STRINGS, true, APPROVE_MAX },
	{ "profile", JSON_KIND_STRING, false, 63 },
	{ 0 },
};

struct member *admin_find_machine(struct appliance *a, const char *reference, struct error *err)
{
	struct member *x = roster_by_reference(&a->roster, reference);

	if (!x) {
		(void)fail_code(err, ENOENT, "SW-5011",
			"there is no machine '%.80s' (by id, name, MAC, or a serial that only one has)",
			reference);
		(void)fail_hint(err, "slipway machine list");
	}
	return x;
}

void admin_machines_list(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	json_t *items = json_array();
	int64_t now = now_ms();

	(void)m;
	for (size_t i = 0; i < a->roster.count; i++)
		json_array_append_new(
			items, machine_json(&a->roster.members[i]->m, &a->timeline.history, now));
	/* whoever follows events goes on from here */
	http_answer_json(x, 200,
		json_pack("{s:o, s:I}", "items", items, "event",
			(json_int_t)events_next(a->events) - 1));
}

static int show(struct appliance *a, struct member *member, json_t **ret, struct error *err)
{
	auto_json json_t *machine = machine_json(&member->m, &a->timeline.history, now_ms());
	json_t *inventory = NULL, *timeline = NULL, *receipt = NULL;
	int r = state_get_inventory(a->state, member->m.id, &inventory, err);

	if (r == 0)
		r = state_get_receipt(a->state, member->m.id, &receipt, err);
	if (r == 0)
		r = timeline_json(&a->timeline, member, &timeline, err);
	if (r == 0 && !machine)
		r = fail_memory(err);
	if (r < 0) {
		json_decref(inventory);
		json_decref(receipt);
		return r;
	}
	json_object_set_new(machine, "inventory", inventory ? inventory : json_null());
	json_object_set_new(machine, "timeline", timeline);
	json_object_set_new(machine, "receipt", receipt ? receipt : json_null());
	json_object_set_new(machine, "progress",
		json_pack("{s:s, s:I, s:I}", "step", member->step, "done_bytes",
			(json_int_t)member->done_bytes, "total_bytes",
			(json_int_t)member->total_bytes));
	*ret = take_ptr(&machine);
	return 0;
}

void admin_machines_show(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = admin_find_machine(a, m->hole[0], &err);
	json_t *value = NULL;

	if (!member || show(a, member, &value, &err) < 0)
		http_answer_error(x, &err);
	else
		http_answer_json(x, 200, value);
}

/* With what the operator has compared, so that it can be looked up whose key was let in. */
static int record_approval(struct http_exchange *x, struct appliance *a, struct member **approved,
	size_t n, struct error *err)
{
	auto_free struct audit_entry *entries = calloc(n, sizeof(*entries));
	auto_free char(*details)[APPROVAL_MAX] = calloc(n, sizeof(*details));

	if (!entries || !details)
		return fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		const struct machine *m = &approved[i]->m;

		snprintf(details[i], sizeof(details[i]), "profile %s, check code %s, id %s",
			m->profile, m->check_code, m->id);
		entries[i] = (struct audit_entry){ "machine.approve", m->name, details[i],
			http_peer_uid(x) };
	}
	return admin_record_all(a, entries, n, err);
}

void admin_machines_approve(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = admin_find_machine(a, m->hole[0], &err);
	auto_json json_t *body = NULL;
	json_t *value = NULL;
	int r = member ? 0 : err.number;

	if (r == 0)
		r = http_read_body(x, "approve", approve_fields, &body, &err);
	if (r == 0)
		r = admission_approve(a, member, json_str(body, "profile", ""), &err);
	if (r == 0)
		r = record_approval(x, a, &member, 1, &err);
	if (r == 0)
		value = machine_json(&member->m, &a->timeline.history, now_ms());
	http_finish(x, a, r, 200, value, &err);
}

/* Up to the first that can't be: those before it are approved, and recorded. */
static int approve_all(
	struct http_exchange *x, struct appliance *a, const json_t *body, struct error *err)
{
	const json_t *references = json_object_get(body, "machines"), *reference;
	auto_free struct member **approved =
		calloc(json_array_size(references) + 1, sizeof(struct member *));
	struct error unrecorded = { 0 };
	size_t i, n = 0;
	int r = approved ? 0 : fail_memory(err);

	json_array_foreach (references, i, reference) {
		struct member *member = admin_find_machine(a, json_string_value(reference), err);

		if (r == 0)
			r = admission_approve(a, member, json_str(body, "profile", ""), err);
		if (r == 0)
			approved[n++] = member;
	}
	if (n > 0 && record_approval(x, a, approved, n, &unrecorded) < 0) {
		*err = unrecorded;
		r = err->number;
	}
	return r;
}

/* All or none of the names must be known; of those known, each is approved for itself. */
void admin_machines_approve_many(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	auto_json json_t *body = NULL;
	const json_t *reference;
	size_t i;
	int r = http_read_body(x, "approve", approve_many_fields, &body, &err);

	(void)m;
	json_array_foreach (json_object_get(body, "machines"), i, reference) {
		if (r == 0 && !admin_find_machine(a, json_string_value(reference), &err))
			r = err.number;
	}
	if (r == 0)
		r = approve_all(x, a, body, &err);
	http_finish(x, a, r, 200, json_object(), &err);
}

void admin_machines_delete(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = admin_find_machine(a, m->hole[0], &err);

	int r = member ? 0 : err.number;

	if (r == 0)
		r = admin_record(x, a, "machine.rm", member->m.name, member->m.id, &err);
	if (r == 0)
		r = undo_forget(a->options->state_dir, member->m.id, &err);
	if (r == 0)
		r = reconcile_remove(a, member, &err);
	http_finish(x, a, r, 200, json_object(), &err);
}
