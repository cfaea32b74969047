// SPDX-License-Identifier: Apache-2.0
/* Enrols, waits, works. */
#include "provisioner/agent/session.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/agent/api.h"
#include "provisioner/agent/inventory.h"
#include "provisioner/agent/work.h"
#include "provisioner/model/machine.h"

#define FIRST_PAUSE_MS 500
#define LAST_PAUSE_MS  15000
#define POLL_LEAST_MS  200
#define POLL_MOST_MS   10000
#define DRIVERS_MS     30000 /* what is found later is told later */
#define WAIT_MAX       (ERROR_HINT_MAX + 32)

struct life {
	const struct session *s;
	struct api api;
	struct identity identity;
	int64_t done_seq; /* the plan carried out last; 0: none yet */
	int pause_ms;     /* before the next try; 0 after a success */
};

static int64_t uptime_ms(void)
{
	struct timespec up = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &up); /* cannot fail on Linux */
	return (int64_t)up.tv_sec * 1000 + up.tv_nsec / 1000000;
}

/* Waits; true where the devices have changed meanwhile, which the appliance should know. */
static bool wait_ms(struct life *l, int ms)
{
	int64_t end_ms = monotonic_ms() + ms;

	for (;;) {
		int64_t left_ms = end_ms - monotonic_ms();

		screen_tick(l->s->screen);
		if (left_ms <= 0)
			return false;
		if (devices_wait(l->s->devices, left_ms < 1000 ? (int)left_ms : 1000))
			return true;
	}
}

/* What a failed call is waited for, as the screen says it behind "waiting for". */
static struct screen_wait wait_of(
	const struct life *l, const struct error *err, char text[static WAIT_MAX])
{
	struct screen_wait w = { .waits_for = text };

	if (strcmp(err->code, MACHINE_HELD) == 0) {
		w.waits_for = "this machine's earlier agent to be silent";
	} else if (api_refused(err) && err->hint[0]) {
		(void)snprintf(text, WAIT_MAX, "an operator: %s", err->hint);
	} else {
		(void)snprintf(text, WAIT_MAX, "the appliance at %s", l->s->cmdline->server);
		w.usual = "an answer within a second";
		w.check = "that it is up (slipway status), this machine's cable and VLAN";
	}
	return w;
}

/* Shows what failed and waits, longer each time; true where the devices have changed meanwhile. */
static bool pause_after(struct life *l, const char *state, const struct error *err)
{
	char text[WAIT_MAX];
	const struct screen_wait wait = wait_of(l, err, text);

	l->pause_ms = l->pause_ms == 0                  ? FIRST_PAUSE_MS
		      : l->pause_ms < LAST_PAUSE_MS / 2 ? 2 * l->pause_ms
							: LAST_PAUSE_MS;
	screen_wait(l->s->screen, &wait, "%s", state);
	screen_problem(l->s->screen, "%s%s%s%s", err->text, err->code[0] ? " (" : "", err->code,
		err->code[0] ? ")" : "");
	return wait_ms(l, l->pause_ms);
}

static int read_inventory(struct life *l, struct error *err)
{
	auto_free struct inventory *in = NULL;
	char mac[MAC_TEXT_MAX] = "", *text;
	int r = inventory_read(l->s->tree, &in, err);

	if (r < 0)
		return r;
	if (!mac_is_null(&l->s->cmdline->boot_mac))
		(void)mac_format(&l->s->cmdline->boot_mac, mac);
	r = inventory_format(in, mac, &text, err);
	if (r == 0)
		api_set_inventory(&l->api, text);
	return r;
}

static void pause_over(struct life *l)
{
	if (l->pause_ms > 0)
		screen_problem(l->s->screen, "%s", "");
	l->pause_ms = 0;
}

/* The first inventory is read when the drivers have found what there is. */
static void await_devices(struct life *l)
{
	int64_t end_ms = monotonic_ms() + DRIVERS_MS;

	if (devices_settled(l->s->devices, 0))
		return;
	screen_state(l->s->screen, "the drivers of disks and cards", "loading drivers");
	while (!devices_settled(l->s->devices, 1000) && monotonic_ms() < end_ms)
		screen_tick(l->s->screen);
}

/* Until it is done; fails only where the agent itself cannot go on. */
static int enrol(struct life *l, struct error *err)
{
	bool changed = true;

	for (;;) {
		if (changed) {
			await_devices(l);
			screen_state(l->s->screen, NULL, "reading the inventory");
			(void)devices_changed(l->s->devices); /* all of it is read now */
			if (read_inventory(l, err) < 0)
				return err->number;
		}
		if (l->pause_ms == 0) /* a try after a pause is still the same wait */
			screen_state(l->s->screen, NULL, "enrolling");
		if (api_enrol(&l->api, err) == 0)
			break;
		changed = pause_after(l, "not enrolled", err);
	}
	pause_over(l);
	screen_name(l->s->screen, l->api.name, l->api.check_code);
	screen_state(l->s->screen, NULL, "enrolled %lld ms after the kernel's start",
		(long long)uptime_ms());
	return 0;
}

/* What the appliance says is shown as it says it. */
static void show_state(struct life *l, const json_t *answer)
{
	const char *state = json_str(answer, "state", "");

	if (strcmp(state, "pending") == 0)
		state = "waiting for approval";
	else if (strcmp(state, "approved") == 0)
		state = "approved, to be installed";
	screen_name(l->s->screen, json_str(answer, "name", l->api.name), l->api.check_code);
	screen_state(l->s->screen, json_str(answer, "message", ""), "%s", state);
}

static bool is_to_be_done(const struct life *l, const json_t *answer)
{
	const char *state = json_str(answer, "state", "");

	return json_is_object(json_object_get(answer, "plan")) &&
	       json_int(answer, "seq", 0) != l->done_seq &&
	       (strcmp(state, "approved") == 0 || strcmp(state, "writing") == 0);
}

/* 1: installed and left; 0: back to waiting. */
static int carry_out(struct life *l, const json_t *answer)
{
	const struct work work = {
		.api = &l->api,
		.screen = l->s->screen,
		.tree = l->s->tree,
		.http_server = l->s->cmdline->http,
		.grub_dir = l->s->grub_dir,
		.may_kexec = l->s->owns_machine,
	};
	struct error err = { 0 };
	bool kexec = false;
	int r;

	l->done_seq = json_int(answer, "seq", 0);
	screen_problem(l->s->screen, "%s", "");
	r = work_run(&work, json_object_get(answer, "plan"), &kexec, &err);
	if (r == 0) {
		screen_state(l->s->screen, "the installed system", "installed; %s",
			kexec ? "starting its kernel" : "restarting");
		r = l->s->leave(kexec, &err);
	}
	if (r < 0)
		screen_problem(l->s->screen, "%s %s%s%s", err.code, err.text,
			err.hint[0] ? ". " : "", err.hint);
	return r == 0;
}

/* One question to the appliance and what follows from it. 1: left; else 0 or an error for good. */
static int turn(struct life *l, struct error *err)
{
	auto_json json_t *answer = NULL;
	int64_t poll_ms;

	if (api_plan(&l->api, l->done_seq, &answer, err) < 0) {
		(void)pause_after(l, "waiting for an answer", err); /* devices: asked again below */
		return 0;
	}
	pause_over(l);
	show_state(l, answer);
	if (is_to_be_done(l, answer))
		return carry_out(l, answer);
	poll_ms = json_int(answer, "poll_ms", 1000);
	if (poll_ms < POLL_LEAST_MS)
		poll_ms = POLL_LEAST_MS;
	if (wait_ms(l, poll_ms < POLL_MOST_MS ? (int)poll_ms : POLL_MOST_MS))
		return enrol(l, err);
	return 0;
}

int session_run(const struct session *s, struct error *err)
{
	struct life l = { .s = s };
	int r = identity_new(&l.identity, err);

	if (r == 0)
		r = api_open(&l.api, s->cmdline, &l.identity, err);
	l.api.set_clock = s->owns_machine;
	(void)snprintf(s->screen->view.appliance, sizeof(s->screen->view.appliance), "%s",
		s->cmdline->server);
	if (r == 0)
		r = enrol(&l, err);
	while (r == 0)
		r = turn(&l, err);
	api_close(&l.api);
	identity_done(&l.identity);
	return r < 0 ? r : 0;
}
