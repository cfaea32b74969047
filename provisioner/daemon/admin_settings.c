// SPDX-License-Identifier: Apache-2.0
/* The admin API's settings: profiles, clusters, windows. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/http_admin.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/model/profile.h"

static json_t *items(json_t *list)
{
	return json_pack("{s:o}", "items", list);
}

void admin_profiles_list(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	json_t *list = NULL;

	(void)m;
	if (state_list_profiles(a->state, &list, &err) < 0)
		http_answer_error(x, &err);
	else
		http_answer_json(x, 200, items(list));
}

void admin_profiles_show(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	json_t *profile = NULL;

	if (state_get_profile(a->state, m->hole[0], &profile, &err) < 0)
		http_answer_error(x, &err);
	else
		http_answer_json(x, 200, profile);
}

void admin_profiles_put(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	auto_json json_t *body = NULL;
	json_t *profile = NULL;
	int r = http_read_body(x, NULL, NULL, &body, &err);

	if (r == 0)
		r = profile_parse(body, m->hole[0], &profile, &err);
	if (r == 0)
		r = admission_check_profile(a, profile, &err);
	if (r == 0)
		r = state_put_profile(a->state, m->hole[0], profile, &err);
	if (r == 0)
		r = admin_record(
			x, a, "profile.put", m->hole[0], json_str(profile, "image", ""), &err);
	http_finish(x, a, r, 200, profile, &err);
}

void admin_profiles_delete(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	auto_json json_t *profile = NULL;
	int r = state_get_profile(a->state, m->hole[0], &profile, &err);

	for (size_t i = 0; i < a->roster.count && r == 0; i++) {
		const struct machine *machine = &a->roster.members[i]->m;

		if (strcmp(machine->profile, m->hole[0]) == 0 && !machine->installed)
			r = fail_code(&err, EEXIST, "SW-6008",
				"%s is being installed by the profile '%s'; nothing was changed",
				machine->name, m->hole[0]);
	}
	if (r == 0)
		r = state_drop_profile(a->state, m->hole[0], &err);
	if (r == 0)
		r = admin_record(x, a, "profile.rm", m->hole[0], NULL, &err);
	http_finish(x, a, r, 200, json_object(), &err);
}

void admin_clusters_list(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;

	(void)m;
	http_answer_json(x, 200, items(joining_list(a->joining)));
}

void admin_clusters_show(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	auto_cluster c = { 0 };

	if (state_get_cluster(a->state, m->hole[0], &c, &err) < 0)
		http_answer_error(x, &err);
	else
		http_answer_json(x, 200, cluster_json(&c));
}

void admin_clusters_put(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	auto_json json_t *body = NULL;
	auto_cluster c = { 0 };
	int r = http_read_body(x, NULL, NULL, &body, &err);

	if (r == 0)
		r = cluster_parse(body, m->hole[0], &c, &err);
	if (r == 0)
		r = admin_record(x, a, "cluster.put", m->hole[0], c.driver, &err);
	if (r == 0)
		r = joining_set(a->joining, &c, &err);
	http_finish(x, a, r, 200, cluster_json(&c), &err);
}

void admin_clusters_delete(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	int r = admin_record(x, a, "cluster.rm", m->hole[0], NULL, &err);

	if (r == 0)
		r = joining_drop(a->joining, m->hole[0], &err);

	http_finish(x, a, r, 200, json_object(), &err);
}

static void on_checked(const json_t *result, const struct error *err, void *arg)
{
	struct http_exchange *x = arg;

	if (err)
		http_answer_error(x, err);
	else
		http_answer_json(x, 200, result ? json_deep_copy(result) : json_object());
}

void admin_clusters_check(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };

	if (joining_check(a->joining, m->hole[0], on_checked, x, &err) < 0)
		http_answer_error(x, &err);
	else
		http_defer(x);
}

void admin_windows_list(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	json_t *list = json_array();
	int64_t now = now_ms();

	(void)m;
	for (size_t i = 0; i < a->windows_n; i++)
		json_array_append_new(list, window_json(&a->windows[i], now));
	http_answer_json(x, 200, items(list));
}

void admin_windows_open(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	auto_json json_t *body = NULL;
	struct window w = { 0 };
	char detail[128];
	int r = http_read_body(x, NULL, NULL, &body, &err);

	(void)m;
	if (r == 0)
		r = admission_open(a, body, &w, &err);
	if (r == 0) {
		snprintf(detail, sizeof(detail), "%u machines for %lld s, profile %s", w.count,
			(long long)(w.until_ms - w.opened_ms) / 1000,
			w.profile[0] ? w.profile : "by match");
		r = admin_record(x, a, "window.open", w.id, detail, &err);
	}
	http_finish(x, a, r, 201, window_json(&w, now_ms()), &err);
}

void admin_windows_close(struct http_exchange *x, const struct route_match *m, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };
	int r = admission_close(a, m->hole[0], &err);

	if (r == 0)
		r = admin_record(x, a, "window.close", m->hole[0], NULL, &err);

	http_finish(x, a, r, 200, json_object(), &err);
}
