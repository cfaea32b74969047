// SPDX-License-Identifier: Apache-2.0
/* The admin API's view of what machines' disks held. */
#include <stdlib.h>

#include "provisioner/daemon/http_admin.h"
#include "provisioner/daemon/undo.h"

void admin_undo_list(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = admin_find_machine(a, m->hole[0], &err);
	json_t *items = NULL;

	if (!member || undo_list(a->options->state_dir, member->m.id, &items, &err) < 0)
		http_answer_error(x, &err);
	else
		http_answer_json(x, 200, json_pack("{s:o}", "items", items));
}

void admin_undo_show(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	struct member *member = admin_find_machine(a, m->hole[0], &err);
	const char *at = http_query(x, "at");
	json_t *value = NULL;

	if (!member || undo_read(a->options->state_dir, member->m.id, strtoll(m->hole[1], NULL, 10),
			       at ? strtoull(at, NULL, 10) : 0, &value, &err) < 0)
		http_answer_error(x, &err);
	else
		http_answer_json(x, 200, value);
}
