// SPDX-License-Identifier: Apache-2.0
/* Plans out, reports in. */
#include "provisioner/daemon/progress.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/model/disk_rule.h"

#define POLL_MS         1000
#define POLL_CROWDED_MS 5000
#define CROWD           500   /* machines from which on agents ask less often */
#define WINDOW_PAUSE_MS 5000  /* between two looks at the windows for one machine */
#define REPORT_KEEP_MS  10000 /* a running report is written through so often */

static const struct json_field report_fields[] = {
	{ "stage", JSON_KIND_STRING, true, STAGE_NAME_MAX },
	{ "status", JSON_KIND_STRING, true, 16 },
	{ "step", JSON_KIND_STRING, false, 256 },
	{ "disk", JSON_KIND_STRING, false, 256 },
	{ "done_bytes", JSON_KIND_INTEGER, false, 0 },
	{ "total_bytes", JSON_KIND_INTEGER, false, 0 },
	{ "rate_bps", JSON_KIND_INTEGER, false, 0 },
	{ "code", JSON_KIND_STRING, false, 7 },
	{ "detail", JSON_KIND_STRING, false, 1024 },
	{ 0 },
};

static const struct json_field installed_fields[] = {
	{ "disk", JSON_KIND_OBJECT, true, 0 },
	{ "boot", JSON_KIND_STRING, true, 16 },
	{ "layers", JSON_KIND_STRINGS, true, 512 },
	{ "receipt", JSON_KIND_OBJECT, false, 0 },
	{ 0 },
};

static bool is_at_work(const struct member *x)
{
	return x->m.state == MACHINE_APPROVED || x->m.state == MACHINE_WRITING;
}

/* What the agent's screen shows behind "waiting for". */
static const char *message(const struct member *x, bool has_plan)
{
	if (x->m.reason[0])
		return x->m.reason;
	switch (x->m.state) {
	case MACHINE_SEEN:
	case MACHINE_PENDING:
		return "an operator to compare the check code, and: slipway machine approve";
	case MACHINE_APPROVED:
	case MACHINE_WRITING:
		return has_plan ? "" : "its plan";
	case MACHINE_FAILED:
		return "the next try, shortly";
	case MACHINE_PARKED:
		return "an operator: it is parked";
	case MACHINE_BOOTING:
	case MACHINE_JOINING:
	case MACHINE_READY:
		return "its own system";
	}
	return "";
}

/* Before the plan leaves the house: the disk that it takes is ours from now on, so that a write
 * that is cut off is taken up again and not refused for the data we left there ourselves. */
static int claim_disk(struct appliance *a, struct member *x, const json_t *plan, struct error *err)
{
	auto_json json_t *inventory = NULL;
	struct error none_fits;
	const json_t *disk;
	int r;

	if (x->m.disk[0])
		return 0;
	r = state_get_inventory(a->state, x->m.id, &inventory, err);
	if (r < 0)
		return r;
	if (disk_rule_pick(json_object_get(plan, "disk"), json_object_get(inventory, "disks"),
		    &disk, &none_fits) < 0)
		return 0; /* the agent will find the same and say so */
	utf8_copy(x->m.disk, sizeof(x->m.disk), disk_identity(disk));
	reconcile_save(a, x);
	return 0;
}

int progress_plan(struct appliance *a, struct member *x, json_t **ret, struct error *err)
{
	auto_json json_t *plan = NULL;
	int64_t now = now_ms();
	int r = 0;

	if (x->m.state == MACHINE_PENDING && now - x->offered_ms > WINDOW_PAUSE_MS) {
		x->offered_ms = now;
		admission_try_windows(a, x, now);
	}
	if (is_at_work(x)) {
		r = state_get_plan(a->state, x->m.id, &plan, err);
		if (r == 0 && plan)
			r = claim_disk(a, x, plan, err);
	}
	if (r < 0)
		return r;
	*ret = json_pack("{s:I, s:s, s:s, s:s, s:s, s:O?, s:i}", "seq", (json_int_t)x->m.plan_seq,
		"state", machine_state_name(x->m.state), "name", x->m.name, "check_code",
		x->m.check_code, "message", message(x, plan != NULL), "plan", plan, "poll_ms",
		a->roster.count > CROWD ? POLL_CROWDED_MS : POLL_MS);
	if (*ret && !plan)
		json_object_set_new(*ret, "plan", json_null());
	return *ret ? 0 : fail_memory(err);
}

/* The agent says which disk it is about to write, before it does. */
static bool take_disk(struct member *x, const json_t *body)
{
	const char *disk = json_str(body, "disk", "");
	bool news = disk[0] && strncmp(disk, x->m.disk, sizeof(x->m.disk) - 1) != 0;

	if (news)
		utf8_copy(x->m.disk, sizeof(x->m.disk), disk);
	return news;
}

static void on_running(struct appliance *a, struct member *x, enum stage stage, const json_t *body)
{
	const char *step = json_str(body, "step", "");
	int64_t now = now_ms();
	bool news = strncmp(step, x->step, sizeof(x->step) - 1) != 0;

	if (stage != STAGE_WRITE || !is_at_work(x))
		return;
	if (x->m.state == MACHINE_APPROVED)
		news = reconcile_event(a, x, MACHINE_WRITE, now) || news;
	news = take_disk(x, body) || news;
	utf8_copy(x->step, sizeof(x->step), step);
	x->done_bytes = json_int(body, "done_bytes", 0);
	x->total_bytes = json_int(body, "total_bytes", 0);
	news = news || now - x->kept_ms > REPORT_KEEP_MS;
	if (news) {
		x->kept_ms = now;
		timeline_enter(&a->timeline, x, STAGE_WRITE, now, "%s", step);
	}
	timeline_measure(&a->timeline, x, x->done_bytes, json_int(body, "rate_bps", 0), news);
	if (news)
		reconcile_save(a, x);
}

int progress_report(struct appliance *a, struct member *x, const json_t *body, bool *ret_abort,
	struct error *err)
{
	const char *status;
	enum stage stage;
	int r = json_fields(body, "report", report_fields, err);

	if (r == 0)
		r = stage_parse(json_str(body, "stage", ""), &stage, err);
	if (r < 0)
		return r;
	status = json_str(body, "status", "");
	if (strcmp(status, "failed") == 0)
		reconcile_failure(a, x, json_str(body, "code", "SW-3000"),
			json_str(body, "detail", "the agent does not say why"), now_ms());
	else if (strcmp(status, "running") == 0 || strcmp(status, "done") == 0)
		on_running(a, x, stage, body);
	else
		return fail_code(err, EINVAL, NULL,
			"report.status: '%s' is none of running, done, failed", status);
	*ret_abort = !is_at_work(x) && !x->m.installed;
	return 0;
}

/* Kept as the agent told it; one that is not kept is told of by the next commit. */
static void keep_receipt(struct appliance *a, struct member *x, const json_t *body)
{
	const json_t *receipt = json_object_get(body, "receipt");
	struct error told_by_commit;

	if (receipt)
		(void)state_put_receipt(a->state, x->m.id, receipt, &told_by_commit);
}

int progress_installed(struct appliance *a, struct member *x, const json_t *body, struct error *err)
{
	const char *identity;
	int64_t now = now_ms();
	int r = json_fields(body, "installed", installed_fields, err);

	if (r < 0)
		return r;
	if (x->m.installed)
		return 0; /* its first answer was lost on the way */
	if (!machine_step(x->m.state, MACHINE_INSTALLED).known)
		return fail_code(err, EEXIST, "SW-5005", "%s is %s: nothing was to be installed",
			x->m.name, machine_state_name(x->m.state));
	identity = disk_identity(json_object_get(body, "disk"));
	if (identity[0])
		utf8_copy(x->m.disk, sizeof(x->m.disk), identity);
	timeline_enter(&a->timeline, x, STAGE_WRITE, now, "%zu layers verified, on %s",
		json_array_size(json_object_get(body, "layers")), x->m.disk);
	timeline_end(&a->timeline, x, "done", now, NULL);
	keep_receipt(a, x, body);
	(void)reconcile_event(a, x, MACHINE_INSTALLED, now); /* the table was asked above */
	timeline_enter(&a->timeline, x, STAGE_BOOT, now, "%s into the installed system",
		strcmp(json_str(body, "boot", ""), "kexec") == 0 ? "kexec" : "reboot");
	reconcile_save(a, x);
	return 0;
}
