// SPDX-License-Identifier: Apache-2.0
/* Approval: every check first, then one event. */
#include "provisioner/daemon/admission.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "provisioner/daemon/planning.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/model/profile.h"

#define HOSTNAME_TRIES 100000
#define AGENT_AWAY_MS  30000 /* a machine that has not asked for so long is not waiting now */

/* The one profile whose match rules select the machine. */
static int match_profile(
	struct appliance *a, const struct member *x, json_t **ret, struct error *err)
{
	auto_json json_t *list = NULL;
	json_t *profile, *found = NULL;
	size_t i;
	int r = state_list_profiles(a->state, &list, err);

	if (r < 0)
		return r;
	json_array_foreach (list, i, profile) {
		if (!profile_matches(profile, &x->m.evidence))
			continue;
		if (found)
			return fail_code(err, EEXIST, "SW-6007",
				"the profiles '%s' and '%s' both match it; name one",
				json_str(found, "name", ""), json_str(profile, "name", ""));
		found = profile;
	}
	if (!found) {
		fail_code(err, ENOENT, "SW-6007", "no profile matches it");
		return fail_hint(err, "slipway machine approve MACHINE --profile NAME");
	}
	*ret = json_incref(found);
	return 0;
}

static int find_profile(struct appliance *a, const struct member *x, const char *name, json_t **ret,
	struct error *err)
{
	return name[0] ? state_get_profile(a->state, name, ret, err)
		       : match_profile(a, x, ret, err);
}

/* The first free name of the profile's pattern; the machine keeps one it already has. */
static int choose_hostname(struct appliance *a, const struct member *x, const json_t *profile,
	char out[static MACHINE_NAME_MAX], struct error *err)
{
	for (unsigned n = 1; n <= HOSTNAME_TRIES; n++) {
		int r = profile_hostname(profile, n, out, MACHINE_NAME_MAX, err);
		const struct member *holder;

		if (r < 0)
			return r;
		holder = roster_by_name(&a->roster, out);
		if (!holder || holder == x)
			return 0;
	}
	return fail_code(err, ENOSPC, "SW-6003", "every host name of '%s' is taken",
		json_str(profile, "hostname", ""));
}

int admission_check_profile(struct appliance *a, const json_t *profile, struct error *err)
{
	const char *cluster = json_str(profile, "cluster", "");
	auto_cluster known = { 0 };
	auto_os_image image = { 0 };
	int r = planning_find_image(a, json_str(profile, "image", ""), &image, err);

	if (r == 0 && cluster[0])
		r = state_get_cluster(a->state, cluster, &known, err);
	if (r == -ENOENT && cluster[0] && strcmp(err->code, "SW-4006") == 0)
		(void)fail_hint(err, "slipway cluster add %s --kubeconfig FILE", cluster);
	return r < 0 ? fail_in(err, "profile '%s'", json_str(profile, "name", "")) : 0;
}

static int rename_member(struct appliance *a, struct member *x, const char *name, struct error *err)
{
	roster_forget_keys(&a->roster, x);
	snprintf(x->m.name, sizeof(x->m.name), "%s", name);
	return roster_index_keys(&a->roster, x, err);
}

/* Everything that can be wrong, before anything is changed. */
static int check(struct appliance *a, struct member *x, const json_t *profile,
	char hostname[static MACHINE_NAME_MAX], struct error *err)
{
	int r;

	if (!machine_step(x->m.state, MACHINE_APPROVE).known) {
		fail_code(err, EEXIST, "SW-5005", "%s is %s and can't be approved now", x->m.name,
			machine_state_name(x->m.state));
		return fail_hint(err,
			x->m.state == MACHINE_SEEN
				? "it has to boot the agent first"
				: "to install it anew: slipway machine rm %s, and boot it again",
			x->m.name);
	}
	r = admission_check_profile(a, profile, err);
	if (r == 0)
		r = choose_hostname(a, x, profile, hostname, err);
	return r == 0 ? planning_try_disk(a, x, profile, err) : r;
}

static int approve(struct appliance *a, struct member *x, const json_t *profile, const char *by,
	struct error *err)
{
	char hostname[MACHINE_NAME_MAX];
	int64_t now = now_ms();
	int r = check(a, x, profile, hostname, err);

	if (r == 0)
		r = rename_member(a, x, hostname, err);
	if (r < 0)
		return fail_in(err, "%s", x->m.name);
	snprintf(x->m.profile, sizeof(x->m.profile), "%s", json_str(profile, "name", ""));
	x->join_error[0] = 0;
	if (x->m.stage == STAGE_APPROVE)
		timeline_end(
			&a->timeline, x, "done", now, "approved as %s by %s", x->m.profile, by);
	timeline_enter(&a->timeline, x, STAGE_WRITE, now, "the agent is to fetch its plan");
	(void)reconcile_event(a, x, MACHINE_APPROVE, now); /* check() asked the table */
	return 0;
}

int admission_approve(
	struct appliance *a, struct member *x, const char *profile_name, struct error *err)
{
	auto_json json_t *profile = NULL;
	int r = find_profile(a, x, profile_name, &profile, err);

	return r == 0 ? approve(a, x, profile, "an operator", err) : r;
}

/* Windows say in the machine's reason what keeps it out. */
static void keep_out(struct appliance *a, struct member *x, const struct error *why)
{
	char reason[MACHINE_REASON_MAX];

	snprintf(reason, sizeof(reason), "the open window does not let it in: %.400s", why->text);
	if (strcmp(reason, x->m.reason) == 0)
		return;
	machine_set_reason(&x->m, reason);
	snprintf(x->m.failure_code, sizeof(x->m.failure_code), "%s", why->code);
	timeline_note(&a->timeline, x, "note", now_ms(), "%s", reason);
	reconcile_save(a, x);
}

static bool try_window(
	struct appliance *a, struct member *x, struct window *w, struct error *ret_why)
{
	auto_json json_t *profile = NULL;
	struct error told_by_commit;

	if (find_profile(a, x, w->profile, &profile, ret_why) < 0 ||
		approve(a, x, profile, "a window", ret_why) < 0)
		return false;
	w->used++;
	(void)state_put_window(a->state, w, &told_by_commit);
	log_info("%s was let in by window %s (%u of %u)", x->m.name, w->id, w->used, w->count);
	return true;
}

void admission_try_windows(struct appliance *a, struct member *x, int64_t now_ms)
{
	struct error why = { 0 };

	for (size_t i = 0; i < a->windows_n && x->m.state == MACHINE_PENDING; i++) {
		if (window_open(&a->windows[i], now_ms) && try_window(a, x, &a->windows[i], &why))
			return;
	}
	if (why.number < 0)
		keep_out(a, x, &why);
}

static void drop_window(struct appliance *a, size_t i)
{
	struct error told_by_commit;

	(void)state_drop_window(a->state, a->windows[i].id, &told_by_commit);
	a->windows[i] = a->windows[--a->windows_n];
	appliance_touch(a);
}

/* Windows that are over make room when it is needed. */
static int make_room(struct appliance *a, int64_t now, struct error *err)
{
	for (size_t i = 0; a->windows_n == WINDOWS_MAX && i < a->windows_n; i++) {
		if (!window_open(&a->windows[i], now))
			drop_window(a, i);
	}
	if (a->windows_n < WINDOWS_MAX)
		return 0;
	return fail_code(err, ENOSPC, "SW-5007",
		"%d windows are open, which is the most there may be", WINDOWS_MAX);
}

/* Machines that wait for an answer now get the window's, the longest waiting first. */
static void offer(struct appliance *a, int64_t now)
{
	for (;;) {
		struct member *first = NULL;

		for (size_t i = 0; i < a->roster.count; i++) {
			struct member *x = a->roster.members[i];

			if (x->m.state != MACHINE_PENDING || x->offered_ms == now || !x->heard_ms ||
				monotonic_ms() - x->heard_ms > AGENT_AWAY_MS)
				continue;
			if (!first || x->m.created_ms < first->m.created_ms)
				first = x;
		}
		if (!first)
			return;
		first->offered_ms = now;
		admission_try_windows(a, first, now);
	}
}

int admission_open(struct appliance *a, const json_t *input, struct window *ret, struct error *err)
{
	auto_json json_t *profile = NULL;
	int64_t now = now_ms();
	struct window w;
	int r = window_parse(input, now, &w, err);

	if (r == 0 && w.profile[0])
		r = state_get_profile(a->state, w.profile, &profile, err);
	if (r == 0)
		r = make_room(a, now, err);
	if (r == 0)
		r = reconcile_mint_id(w.id, err);
	if (r == 0)
		r = state_put_window(a->state, &w, err);
	if (r < 0)
		return r;
	a->windows[a->windows_n++] = w;
	offer(a, now);
	*ret = a->windows[a->windows_n - 1];
	return 0;
}

int admission_close(struct appliance *a, const char *id, struct error *err)
{
	for (size_t i = 0; i < a->windows_n; i++) {
		if (strcmp(a->windows[i].id, id) == 0) {
			drop_window(a, i);
			return 0;
		}
	}
	return fail_code(err, ENOENT, "SW-5008", "there is no window '%.40s'", id);
}

static int load_window(const struct window *w, void *arg, struct error *err)
{
	struct appliance *a = arg;

	(void)err;
	if (a->windows_n < WINDOWS_MAX)
		a->windows[a->windows_n++] = *w;
	return 0;
}

int admission_load(struct appliance *a, struct error *err)
{
	return state_each_window(a->state, load_window, a, err);
}
