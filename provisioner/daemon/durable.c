// SPDX-License-Identifier: Apache-2.0
/* Commits, and memory after one that failed. */
#include "provisioner/daemon/durable.h"

#include "base/log.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/reconcile.h"

/* From the end, for one that goes is replaced by the last. */
static void restore_machines(struct appliance *a)
{
	uint64_t now = state_generation(a->state);
	struct error err = { 0 };

	for (size_t i = a->roster.count; i-- > 0;) {
		struct member *x = a->roster.members[i];

		if (x->changed_in != now)
			continue;
		x->changed_in = 0;
		if (reconcile_restore(a, x, &err) < 0)
			log_err(&err, "going back to what is recorded");
	}
}

void durable_rollback(struct appliance *a)
{
	struct error err = { 0 };

	state_rollback(a->state);
	restore_machines(a);
	a->windows_n = 0;
	if (admission_load(a, &err) < 0)
		log_err(&err, "going back to what is recorded");
}

int durable_commit(struct appliance *a, struct error *err)
{
	int r = state_commit(a->state, err);

	if (r < 0)
		durable_rollback(a);
	return r;
}
