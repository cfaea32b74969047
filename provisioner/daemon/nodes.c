// SPDX-License-Identifier: Apache-2.0
/* What clusters say of nodes, turned into what it means for machines. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "provisioner/daemon/joining_impl.h"
#include "provisioner/daemon/reconcile.h"

/* The machine's Node as it was when the machine last went down may still be called ready: a system
 * that has come up since then tells by another boot id. */
static bool is_news(const struct member *x, const struct driver_node *node)
{
	return x->m.state == MACHINE_READY || !x->m.boot_id[0] ||
	       strcmp(x->m.boot_id, node->boot_id) != 0;
}

static void on_ready(struct appliance *a, struct member *x, const struct driver_node *node)
{
	enum machine_state before = x->m.state;
	int64_t now = now_ms();

	if (!is_news(x, node))
		return;
	utf8_copy(x->m.boot_id, sizeof(x->m.boot_id), node->boot_id);
	if (before == MACHINE_READY || !reconcile_event(a, x, MACHINE_NODE_READY, now))
		return;
	if (before == MACHINE_BOOTING)
		timeline_enter(&a->timeline, x, STAGE_JOIN, now, "Node %s exists", node->name);
	timeline_enter(&a->timeline, x, STAGE_READY, now, "Node %s is Ready, kubelet %s",
		node->name, node->version[0] ? node->version : "of unknown version");
	timeline_end(&a->timeline, x, "done", now, NULL);
	reconcile_save(a, x);
}

static void on_not_ready(struct appliance *a, struct member *x, const struct driver_node *node)
{
	const char *reason = node->present ? node->reason : "its Node object is gone";
	int64_t now = now_ms();

	x->m.boot_id[0] = 0; /* the next Ready is news */
	if (x->m.state == MACHINE_BOOTING) {
		if (!node->present || !reconcile_event(a, x, MACHINE_SYSTEM_UP, now))
			return;
	} else if (!reconcile_event(a, x, MACHINE_NODE_LOST, now)) {
		return;
	}
	machine_set_reason(&x->m, reason);
	timeline_enter(
		&a->timeline, x, STAGE_JOIN, now, "Node %s is not ready: %s", node->name, reason);
	reconcile_save(a, x);
}

void nodes_on_change(const struct driver_node *node, void *arg)
{
	struct joined_cluster *c = arg;
	struct joining *j = c->joining;
	struct member *x = roster_by_name(&j->a->roster, node->name);

	if (!x || !x->m.installed || joining_of(j, x) != c)
		return;
	if (node->present && !x->labelled)
		joining_label(j, x);
	if (node->present && node->ready)
		on_ready(j->a, x, node);
	else
		on_not_ready(j->a, x, node);
}

/* Machines on their way there show the trouble as what they wait for. */
static void tell_waiting(struct joined_cluster *c, const struct error *err)
{
	struct appliance *a = c->joining->a;

	for (size_t i = 0; i < a->roster.count; i++) {
		struct member *x = a->roster.members[i];

		if (x->m.state < MACHINE_APPROVED || x->m.state > MACHINE_JOINING ||
			joining_of(c->joining, x) != c)
			continue;
		machine_set_reason(&x->m, err ? err->text : "");
		reconcile_save(a, x);
	}
}

void nodes_on_reachable(const struct error *err, void *arg)
{
	struct joined_cluster *c = arg;

	tell_waiting(c, err);
	if (err) {
		snprintf(c->trouble, sizeof(c->trouble), "%s", err->text);
		log_err(err, c->name);
	} else {
		c->trouble[0] = 0;
		log_info("cluster %s can be reached", c->name);
	}
	events_publish(c->joining->a->events, "cluster",
		json_pack("{s:s, s:b, s:s}", "name", c->name, "reachable", !c->trouble[0],
			"trouble", c->trouble));
}
