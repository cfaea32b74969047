// SPDX-License-Identifier: Apache-2.0
/*
 * Cluster drivers: how machines join. Each is one table of functions, put into the program with
 * CLUSTER_DRIVER() by the objects that the configuration selects. Everything runs on the loop
 * thread and nothing blocks: a call that needs the network starts it, returns, and calls back
 * later from the loop, never from within the call.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "base/http_client.h"
#include "provisioner/model/cluster.h"

/* A machine as the cluster is to know it. All borrowed for the time of the call. */
struct driver_machine {
	const char *hostname; /* the node's name */
	const json_t *labels; /* object of strings; NULL: none */
	const json_t *taints; /* array of strings "key=value:Effect"; NULL: none */
	const char *registry; /* "http://ADDR[:PORT]": the mirror for every image */
};

/* What the cluster says of a node. Borrowed for the call. */
struct driver_node {
	const char *name;
	bool present; /* false: the Node object is gone */
	bool ready;
	const char *reason;  /* why it is not ready, in the cluster's words; "" where ready */
	const char *boot_id; /* of the system that reports; "" where unknown */
	const char *version; /* kubelet's; "" where unknown */
};

struct driver_events {
	void (*node)(const struct driver_node *node, void *arg);
	/* The cluster cannot be reached (err), or can again (NULL): said once a change. */
	void (*reachable)(const struct error *err, void *arg);
	void *arg;
};

/* How a call ended: err is NULL where it went well. `result` (may be NULL) is borrowed. */
typedef void (*driver_done_fn)(const json_t *result, const struct error *err, void *arg);

struct cluster_driver {
	const char *name;
	/* The agent makes a key and a request (CSR) for exactly the node's name. */
	bool wants_csr;
	/* Reads the credential (SW-4001 where it is none) and makes a handle; no network. */
	int (*open)(const struct cluster *c, sd_event *loop, struct http_async *http,
		const struct driver_events *events, void **ret, struct error *err);
	/* Ends what runs without calling back. NULL is fine. */
	void (*close)(void *handle);
	/* Is it reachable, may the credential do what is needed, are the safeguards on? Result:
	 * {"version","endpoint","checks":[{"name","ok","detail"}]}. */
	int (*check)(void *handle, driver_done_fn done, void *arg, struct error *err);
	/* Before an install: clears what the cluster remembers of a node of this name. */
	int (*prepare)(void *handle, const struct driver_machine *m, driver_done_fn done, void *arg,
		struct error *err);
	/* Checks the request against the machine, has it signed, and gives the join files as
	 * result:
	 * [{"path","mode","uid","gid","content_base64"[,"agent_key":"kubelet-pem"]}]. Temporary
	 * trouble is tried again inside until the call is cancelled by close. Refusals carry
	 * SW-40xx. */
	int (*admit)(void *handle, const struct driver_machine *m, const char *csr_pem,
		driver_done_fn done, void *arg, struct error *err);
	/* Starts telling of nodes by events->node: all there are, then each change, for ever. */
	int (*watch)(void *handle, struct error *err);
	/* Labels and taints that the kubelet may not set itself; called when the Node is there. */
	int (*label)(void *handle, const struct driver_machine *m, driver_done_fn done, void *arg,
		struct error *err);
	int (*drain)(void *handle, const char *hostname, driver_done_fn done, void *arg,
		struct error *err);
	int (*remove)(void *handle, const char *hostname, driver_done_fn done, void *arg,
		struct error *err);
};

/* Puts `driver_##noun` (a const struct cluster_driver) into the program's table. */
#define CLUSTER_DRIVER(noun)                                                                       \
	static const struct cluster_driver *const driver_entry_##noun                              \
		__attribute__((used, section("cluster_drivers"))) = &driver_##noun

/* Borrowed, or NULL where this build has no such driver. */
const struct cluster_driver *cluster_driver_find(const char *name);
