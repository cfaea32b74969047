// SPDX-License-Identifier: Apache-2.0
/*
 * Joining: the clusters' drivers in use, which machine waits for which of them, and what the
 * clusters say of nodes.
 */
#pragma once

#include "provisioner/daemon/appliance.h"
#include "provisioner/daemon/driver.h"
#include "provisioner/model/cluster.h"

struct joining;
/* Opens every cluster of the state and watches it; a credential that is bad now is logged. */
int joining_new(struct appliance *a, struct joining **ret, struct error *err);
void joining_free(struct joining *j);

/* Adds or replaces a cluster. -EINVAL with SW-4007 where this build has no such driver. */
int joining_set(struct joining *j, const struct cluster *c, struct error *err);
/* -EEXIST with SW-4008 where a profile names it. */
int joining_drop(struct joining *j, const char *name, struct error *err);
/* Asks the driver for its check; see struct cluster_driver. */
int joining_check(
	struct joining *j, const char *name, driver_done_fn done, void *arg, struct error *err);
/* {"name","driver","reachable","trouble"} of each. */
json_t *joining_list(struct joining *j);

/* The cluster is to forget an earlier node of the machine's name. Trouble goes to its timeline. */
void joining_prepare(struct joining *j, struct member *x);
/* Takes a machine's certificate request to its cluster. The same request again changes nothing. */
int joining_request(struct joining *j, struct member *x, const char *csr_pem, struct error *err);
/* What came of it: 1 and *ret (owned by the caller) once issued, 0 while it is under way, or why it
 * was refused. */
int joining_result(struct joining *j, struct member *x, json_t **ret, struct error *err);
/* The machine is going: what runs for it ends without effect. */
void joining_forget(struct joining *j, struct member *x);
/* Requests that were under way when the daemon ended; of all machines, or of one. */
int joining_resume(struct joining *j, struct error *err);
int joining_resume_one(struct joining *j, struct member *x, struct error *err);
