// SPDX-License-Identifier: Apache-2.0
/* Shared by clusters.c, joining.c and nodes.c alone. */
#pragma once

#include "provisioner/daemon/joining.h"

struct joining_call;

struct joined_cluster {
	struct joined_cluster *next;
	struct joining *joining;
	char name[MACHINE_NAME_MAX];
	const struct cluster_driver *driver;
	void *handle;
	char trouble[ERROR_TEXT_MAX]; /* why it cannot be reached; "" where it can */
	struct joining_call *calls;
};

struct joining {
	struct appliance *a;
	struct joined_cluster *clusters;
	sd_event_source *labels; /* labels what is due; drivers tell of nodes from within their
				  * reads, where no request can be started */
};

/* A call for a machine that runs at a driver. It holds the id, for the machine may go meanwhile. */
struct joining_call {
	struct joining_call *prev, *next;
	struct joined_cluster *cluster;
	char machine[MACHINE_ID_MAX];
	driver_done_fn then; /* of joining_check: passed on */
	void *then_arg;
};

/* NULL without memory. It is among the cluster's calls until it is freed. */
struct joining_call *joining_call_new(struct joined_cluster *c, const char *machine);
void joining_call_free(struct joining_call *call);

/* Borrowed, or NULL. */
struct joined_cluster *joining_find(struct joining *j, const char *name);
/* The cluster that the machine's profile names; NULL where there is none. */
struct joined_cluster *joining_of(struct joining *j, struct member *x);
/* Soon puts the profile's labels and taints on the machine's Node. */
void joining_label(struct joining *j, struct member *x);
/* Makes j->labels. */
int joining_label_open(struct joining *j, struct error *err);

/* What drivers call; arg is the struct joined_cluster. */
void nodes_on_change(const struct driver_node *node, void *arg);
void nodes_on_reachable(const struct error *err, void *arg);
