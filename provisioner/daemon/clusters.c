// SPDX-License-Identifier: Apache-2.0
/* The clusters in use: drivers opened, watched, checked, closed. */
#include "provisioner/daemon/joining.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "provisioner/daemon/durable.h"
#include "provisioner/daemon/joining_impl.h"

struct joining_call *joining_call_new(struct joined_cluster *c, const char *machine)
{
	struct joining_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->cluster = c;
	snprintf(call->machine, sizeof(call->machine), "%s", machine);
	call->next = c->calls;
	if (c->calls)
		c->calls->prev = call;
	c->calls = call;
	return call;
}

void joining_call_free(struct joining_call *call)
{
	if (call->prev)
		call->prev->next = call->next;
	else
		call->cluster->calls = call->next;
	if (call->next)
		call->next->prev = call->prev;
	free(call);
}

static void close_cluster(struct joined_cluster *c)
{
	c->driver->close(c->handle);
	while (c->calls)
		joining_call_free(c->calls);
	free(c);
}

struct joined_cluster *joining_find(struct joining *j, const char *name)
{
	struct joined_cluster *c = j->clusters;

	while (c && strcmp(c->name, name) != 0)
		c = c->next;
	return c;
}

static void unlink_cluster(struct joining *j, struct joined_cluster *c)
{
	struct joined_cluster **link = &j->clusters;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
}

static int open_cluster(struct joining *j, const struct cluster *c, struct error *err)
{
	const struct cluster_driver *driver = cluster_driver_find(c->driver);
	struct joined_cluster *old = joining_find(j, c->name);
	struct joined_cluster *joined;
	struct driver_events events = { nodes_on_change, nodes_on_reachable, NULL };
	int r;

	if (!driver)
		return fail_code(
			err, ENOTSUP, "SW-4007", "this slipwayd has no driver '%s'", c->driver);
	joined = calloc(1, sizeof(*joined));
	if (!joined)
		return fail_memory(err);
	snprintf(joined->name, sizeof(joined->name), "%s", c->name);
	joined->driver = driver;
	joined->joining = j;
	events.arg = joined;
	r = driver->open(c, j->a->loop, j->a->http, &events, &joined->handle, err);
	if (r == 0)
		r = driver->watch(joined->handle, err);
	if (r < 0) {
		close_cluster(joined);
		return fail_in(err, "cluster '%s'", c->name);
	}
	if (old) {
		unlink_cluster(j, old);
		close_cluster(old);
	}
	joined->next = j->clusters;
	j->clusters = joined;
	return 0;
}

static int open_stored(const struct cluster *c, void *arg, struct error *err)
{
	struct error why = { 0 };

	(void)err;
	if (open_cluster(arg, c, &why) < 0)
		log_err(&why, "it is left aside");
	return 0;
}

int joining_new(struct appliance *a, struct joining **ret, struct error *err)
{
	struct joining *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return fail_memory(err);
	j->a = a;
	r = joining_label_open(j, err);
	if (r == 0)
		r = state_each_cluster(a->state, open_stored, j, err);
	if (r < 0) {
		joining_free(j);
		return r;
	}
	*ret = j;
	return 0;
}

void joining_free(struct joining *j)
{
	if (!j)
		return;
	while (j->clusters) {
		struct joined_cluster *c = j->clusters;

		j->clusters = c->next;
		close_cluster(c);
	}
	sd_event_source_disable_unref(j->labels);
	free(j);
}

/* As the database has it: another credential, or none. */
static void restore(struct joining *j, const char *name)
{
	struct joined_cluster *c = joining_find(j, name);
	auto_cluster stored = { 0 };
	struct error err = { 0 };
	int r = state_get_cluster(j->a->state, name, &stored, &err);

	if (r == 0) {
		(void)open_stored(&stored, j, &err); /* says itself what is wrong */
	} else if (r == -ENOENT && c) {
		unlink_cluster(j, c);
		close_cluster(c);
	}
}

int joining_set(struct joining *j, const struct cluster *c, struct error *err)
{
	int r = open_cluster(j, c, err);

	if (r < 0)
		return r;
	r = state_put_cluster(j->a->state, c, err);
	if (r == 0)
		r = durable_commit(j->a, err);
	if (r < 0) {
		restore(j, c->name);
		return r;
	}
	return joining_resume(j, err);
}

int joining_drop(struct joining *j, const char *name, struct error *err)
{
	auto_json json_t *profiles = NULL;
	struct joined_cluster *c = joining_find(j, name);
	auto_cluster stored = { 0 };
	json_t *profile;
	size_t i;
	int r = state_get_cluster(j->a->state, name, &stored, err);

	if (r == 0)
		r = state_list_profiles(j->a->state, &profiles, err);
	if (r < 0)
		return r;
	json_array_foreach (profiles, i, profile) {
		if (strcmp(json_str(profile, "cluster", ""), name) == 0)
			return fail_code(err, EEXIST, "SW-4008",
				"the profile '%s' joins machines to '%s'; nothing was changed",
				json_str(profile, "name", ""), name);
	}
	r = state_drop_cluster(j->a->state, name, err);
	if (r == 0)
		r = durable_commit(j->a, err);
	if (r == 0 && c) {
		unlink_cluster(j, c);
		close_cluster(c);
	}
	return r;
}

static void on_checked(const json_t *result, const struct error *err, void *arg)
{
	struct joining_call *call = arg;

	call->then(result, err, call->then_arg);
	joining_call_free(call);
}

int joining_check(
	struct joining *j, const char *name, driver_done_fn done, void *arg, struct error *err)
{
	struct joined_cluster *c = joining_find(j, name);
	struct joining_call *call;
	int r;

	if (!c)
		return fail_code(err, ENOENT, "SW-4006", "there is no cluster '%.63s'", name);
	call = joining_call_new(c, "");
	if (!call)
		return fail_memory(err);
	call->then = done;
	call->then_arg = arg;
	r = c->driver->check(c->handle, on_checked, call, err);
	if (r < 0)
		joining_call_free(call);
	return r;
}

json_t *joining_list(struct joining *j)
{
	json_t *list = json_array();

	for (struct joined_cluster *c = j->clusters; c; c = c->next)
		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s}", "name", c->name,
						    "driver", c->driver->name, "reachable",
						    !c->trouble[0], "trouble", c->trouble));
	return list;
}
