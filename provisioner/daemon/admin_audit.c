// SPDX-License-Identifier: Apache-2.0
/* The admin API's audit log: written for each change, listed. */
#include <stdlib.h>

#include "base/audit.h"
#include "provisioner/daemon/durable.h"
#include "provisioner/daemon/http_admin.h"

int admin_record(struct http_exchange *x, struct appliance *a, const char *action,
	const char *object, const char *detail, struct error *err)
{
	const struct audit_entry entry = { action, object, detail, http_peer_uid(x) };

	return admin_record_all(a, &entry, 1, err);
}

int admin_record_all(
	struct appliance *a, const struct audit_entry *entries, size_t n, struct error *err)
{
	int r = audit_append(a->options->state_dir, entries, n, err);

	if (r < 0)
		durable_rollback(a);
	return r;
}

void admin_audit_list(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	const char *last = http_query(x, "last");
	unsigned long count = last ? strtoul(last, NULL, 10) : 0;
	struct error err = { 0 };
	json_t *entries = NULL;

	(void)m;
	if (audit_read(a->options->state_dir, count ? count : AUDIT_READ_MAX, &entries, &err) < 0)
		http_answer_error(x, &err);
	else
		http_answer_json(x, 200, json_pack("{s:o}", "items", entries));
}
