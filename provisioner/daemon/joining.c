// SPDX-License-Identifier: Apache-2.0
/* Machines taken to their clusters. The clusters are in clusters.c, what they say in nodes.c. */
#include "provisioner/daemon/joining.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "provisioner/daemon/joining_impl.h"

#define LABEL_SERIAL "slipway/serial"

/* A node bears its machine's serial number, unless its profile says otherwise. */
static void add_serial(json_t *profile, const char *serial)
{
	json_t *labels = json_object_get(profile, "labels");

	/* without memory the label is missing until the next change of the node */
	if (serial[0] && !json_object_get(labels, LABEL_SERIAL))
		(void)json_object_set_new(labels, LABEL_SERIAL, json_string(serial));
}

/* The machine as its cluster is to know it; *ret_profile holds what it borrows. NULL: it joins
 * none, or one that is not there. */
static struct joined_cluster *describe(
	struct joining *j, struct member *x, json_t **ret_profile, struct driver_machine *ret)
{
	struct error none;

	if (!x->m.profile[0] ||
		state_get_profile(j->a->state, x->m.profile, ret_profile, &none) < 0)
		return NULL;
	add_serial(*ret_profile, x->m.evidence.serial);
	*ret = (struct driver_machine){
		.hostname = x->m.name,
		.labels = json_object_get(*ret_profile, "labels"),
		.taints = json_object_get(*ret_profile, "taints"),
		.registry = j->a->registry,
	};
	return joining_find(j, json_str(*ret_profile, "cluster", ""));
}

/* A call for a machine at its cluster; NULL where it joins none. */
static struct joining_call *call_for(
	struct joining *j, struct member *x, json_t **ret_profile, struct driver_machine *ret)
{
	struct joined_cluster *c = describe(j, x, ret_profile, ret);

	return c ? joining_call_new(c, x->m.id) : NULL;
}

struct joined_cluster *joining_of(struct joining *j, struct member *x)
{
	auto_json json_t *profile = NULL;
	struct driver_machine machine;

	return describe(j, x, &profile, &machine);
}

static void on_prepared(const json_t *result, const struct error *err, void *arg)
{
	struct joining_call *call = arg;
	struct appliance *a = call->cluster->joining->a;
	struct member *x = roster_by_id(&a->roster, call->machine);

	(void)result;
	if (x && err)
		timeline_note(&a->timeline, x, "note", now_ms(),
			"%s still remembers an earlier %s: %s", call->cluster->name, x->m.name,
			err->text);
	joining_call_free(call);
	appliance_touch(a);
}

void joining_prepare(struct joining *j, struct member *x)
{
	auto_json json_t *profile = NULL;
	struct driver_machine machine;
	struct joining_call *call = call_for(j, x, &profile, &machine);
	struct error err = { 0 };

	if (!call)
		return;
	if (call->cluster->driver->prepare(
		    call->cluster->handle, &machine, on_prepared, call, &err) < 0)
		on_prepared(NULL, &err, call);
}

static void on_labelled(const json_t *result, const struct error *err, void *arg)
{
	struct joining_call *call = arg;
	struct appliance *a = call->cluster->joining->a;
	struct member *x = roster_by_id(&a->roster, call->machine);

	(void)result;
	if (x && err) {
		x->labelled = false; /* tried again with the node's next change */
		log_err(err, x->m.name);
	}
	joining_call_free(call);
}

static void label(struct joining *j, struct member *x)
{
	auto_json json_t *profile = NULL;
	struct driver_machine machine;
	struct joining_call *call = call_for(j, x, &profile, &machine);
	struct error err = { 0 };

	if (!call)
		return;
	x->labelled = true;
	if (call->cluster->driver->label(call->cluster->handle, &machine, on_labelled, call, &err) <
		0)
		on_labelled(NULL, &err, call);
}

static int on_labels(sd_event_source *source, void *arg)
{
	struct joining *j = arg;

	(void)source;
	for (size_t i = 0; i < j->a->roster.count; i++) {
		struct member *x = j->a->roster.members[i];

		if (x->label_due)
			label(j, x);
		x->label_due = false;
	}
	return 0;
}

int joining_label_open(struct joining *j, struct error *err)
{
	int r = sd_event_add_defer(j->a->loop, &j->labels, on_labels, j);

	if (r >= 0)
		r = sd_event_source_set_enabled(j->labels, SD_EVENT_OFF);
	return r < 0 ? fail(err, -r, "the labels of nodes") : 0;
}

void joining_label(struct joining *j, struct member *x)
{
	x->label_due = true;
	(void)sd_event_source_set_enabled(j->labels, SD_EVENT_ONESHOT);
}

static void set_refusal(struct member *x, const struct error *err)
{
	snprintf(x->join_error, sizeof(x->join_error), "%s", err->text);
	snprintf(x->join_code, sizeof(x->join_code), "%s", err->code[0] ? err->code : "SW-4000");
}

static void on_admitted(const json_t *result, const struct error *err, void *arg)
{
	struct joining_call *call = arg;
	struct appliance *a = call->cluster->joining->a;
	struct member *x = roster_by_id(&a->roster, call->machine);
	auto_join join = { 0 };
	struct error told_by_commit;

	if (x) {
		x->admitting = false;
		if (err)
			set_refusal(x, err);
		else if (state_get_join(a->state, x->m.id, &join, &told_by_commit) == 0 && join.csr)
			(void)state_put_join(a->state, x->m.id, join.csr, result, &told_by_commit);
		timeline_note(&a->timeline, x, err ? "alarm" : "note", now_ms(), "%s: %s",
			call->cluster->name, err ? err->text : "issued the node's certificate");
		appliance_touch(a);
	}
	joining_call_free(call);
}

static int start(struct joining *j, struct member *x, const char *csr_pem, struct error *err)
{
	auto_json json_t *profile = NULL;
	struct driver_machine machine;
	struct joined_cluster *c = describe(j, x, &profile, &machine);
	struct joining_call *call;
	int r;

	if (!c)
		return fail_code(err, ENOENT, "SW-4006", "%s joins no cluster that is known here",
			x->m.name);
	call = joining_call_new(c, x->m.id);
	if (!call)
		return fail_memory(err);
	x->admitting = true;
	x->join_error[0] = 0;
	r = c->driver->admit(c->handle, &machine, csr_pem, on_admitted, call, err);
	if (r < 0) {
		x->admitting = false;
		set_refusal(x, err);
		joining_call_free(call);
	}
	return r;
}

int joining_request(struct joining *j, struct member *x, const char *csr_pem, struct error *err)
{
	auto_join join = { 0 };
	int r = state_get_join(j->a->state, x->m.id, &join, err);

	if (r < 0)
		return r;
	if (join.csr && strcmp(join.csr, csr_pem) == 0 && (join.files || x->admitting))
		return 0;
	if (x->admitting)
		return fail_code(err, EBUSY, "SW-4009",
			"%s: an earlier certificate request is with the cluster", x->m.name);
	r = state_put_join(j->a->state, x->m.id, csr_pem, NULL, err);
	return r == 0 ? start(j, x, csr_pem, err) : r;
}

int joining_result(struct joining *j, struct member *x, json_t **ret, struct error *err)
{
	auto_join join = { 0 };
	int r = state_get_join(j->a->state, x->m.id, &join, err);

	if (r < 0)
		return r;
	if (join.files) {
		*ret = json_incref(join.files);
		return 1;
	}
	if (x->join_error[0])
		return fail_code(err, EACCES, x->join_code, "%s", x->join_error);
	if (!join.csr)
		return fail_code(
			err, ENOENT, "SW-4014", "%s: no certificate was asked for", x->m.name);
	return 0;
}

void joining_forget(struct joining *j, struct member *x)
{
	for (struct joined_cluster *c = j ? j->clusters : NULL; c; c = c->next) {
		for (struct joining_call *call = c->calls; call; call = call->next) {
			if (strcmp(call->machine, x->m.id) == 0)
				call->machine[0] = 0;
		}
	}
}

int joining_resume_one(struct joining *j, struct member *x, struct error *err)
{
	auto_join join = { 0 };
	struct error why = { 0 };

	if (x->m.state != MACHINE_APPROVED && x->m.state != MACHINE_WRITING)
		return 0;
	if (state_get_join(j->a->state, x->m.id, &join, err) < 0)
		return err->number;
	if (join.csr && !join.files && !x->admitting && start(j, x, join.csr, &why) < 0)
		log_err(&why, x->m.name);
	return 0;
}

int joining_resume(struct joining *j, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < j->a->roster.count && r == 0; i++)
		r = joining_resume_one(j, j->a->roster.members[i], err);
	return r;
}
