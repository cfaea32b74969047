// SPDX-License-Identifier: Apache-2.0
/* Waits that are too long by the clock alone. */
#include "provisioner/daemon/overdue.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "provisioner/daemon/joining_impl.h"
#include "provisioner/daemon/reconcile.h"

static bool is_overdue(const struct appliance *a, const struct member *x, int64_t now)
{
	bool boots = x->m.state == MACHINE_BOOTING && x->m.stage == STAGE_BOOT;
	bool joins = x->m.state == MACHINE_JOINING && x->m.stage == STAGE_JOIN;
	int64_t usual_ms;

	if (!boots && !joins)
		return false;
	usual_ms = stage_usual_ms(&a->timeline.history, x->m.stage);
	return now - x->m.stage_ms > (2 * usual_ms > OVERDUE_MS ? 2 * usual_ms : OVERDUE_MS);
}

static const char *cause(const struct member *x, const struct joined_cluster *c)
{
	if (c->trouble[0])
		return c->trouble;
	if (x->m.reason[0])
		return x->m.reason;
	return x->m.stage == STAGE_BOOT ? "nothing was heard of its system"
					: "its system is up, and the cluster knows no such Node";
}

/* Of one that is told already its code is there: it goes when the system comes up or is ready. */
static void tell(struct appliance *a, struct member *x, int64_t now)
{
	const struct joined_cluster *c = joining_of(a->joining, x);
	struct error why = { 0 };
	char took[TIME_TEXT_MAX];

	if (!c || strcmp(x->m.failure_code, OVERDUE_CODE) == 0)
		return;
	(void)fail_code(&why, ETIMEDOUT, OVERDUE_CODE,
		"%s is installed but did not join '%s' in %s: %s", x->m.name, c->name,
		duration_format(now - x->m.stage_ms, took), cause(x, c));
	log_err(&why, "joining");
	timeline_note(&a->timeline, x, "alarm", now, OVERDUE_CODE " %s", why.text);
	snprintf(x->m.failure_code, sizeof(x->m.failure_code), OVERDUE_CODE);
	if (!x->m.reason[0])
		machine_set_reason(&x->m, why.text);
	reconcile_save(a, x);
}

void overdue_look(struct appliance *a, int64_t now_ms)
{
	for (size_t i = 0; i < a->roster.count; i++) {
		struct member *x = a->roster.members[i];

		if (x->overdue_ms == x->m.stage_ms || !is_overdue(a, x, now_ms))
			continue;
		x->overdue_ms = x->m.stage_ms;
		tell(a, x, now_ms);
	}
}
