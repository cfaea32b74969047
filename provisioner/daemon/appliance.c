// SPDX-License-Identifier: Apache-2.0
/* The order in which the appliance is opened, started and closed. */
#include "provisioner/daemon/appliance.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "provisioner/daemon/admission.h"
#include "provisioner/daemon/durable.h"
#include "provisioner/daemon/http_admin.h"
#include "provisioner/daemon/http_bulk.h"
#include "provisioner/daemon/http_machine.h"
#include "provisioner/daemon/joining.h"
#include "provisioner/daemon/listen.h"
#include "provisioner/daemon/overdue.h"
#include "provisioner/daemon/reconcile.h"
#include "provisioner/daemon/services.h"
#include "provisioner/daemon/sightings.h"
#include "provisioner/daemon/sse.h"
#include "provisioner/daemon/sticks.h"

#define FLUSH_US       50000
#define TICK_US        ((uint64_t)SSE_COMMENT_MS * 1000)
#define TIMER_ACCURACY 10000
#define LOG_AGAIN_MS   60000 /* of a database that stays full */
#define STATE_MODE     0700
#define RUN_MODE       0755

static int state_path(
	const struct appliance *a, const char *name, char out[static PATH_MAX], struct error *err)
{
	if ((size_t)snprintf(out, PATH_MAX, "%s/%s", a->options->state_dir, name) >= PATH_MAX)
		return fail(err, ENAMETOOLONG, "the state folder");
	return 0;
}

static int on_flush(sd_event_source *source, uint64_t usec, void *arg)
{
	struct appliance *a = arg;
	struct error err = { 0 };

	(void)source;
	(void)usec;
	if (durable_commit(a, &err) == 0)
		a->unrecorded_ms = 0;
	else if (!a->unrecorded_ms || monotonic_ms() - a->unrecorded_ms > LOG_AGAIN_MS) {
		a->unrecorded_ms = monotonic_ms();
		log_err(&err, "what the machines did is not recorded");
	}
	return 0;
}

void appliance_touch(struct appliance *a)
{
	int enabled = SD_EVENT_OFF;

	if (!a->flush || sd_event_source_get_enabled(a->flush, &enabled) < 0 ||
		enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(a->flush, FLUSH_US);
	(void)sd_event_source_set_enabled(a->flush, SD_EVENT_ONESHOT);
}

/* Followers that are gone are found by sending to them, waits by looking at the clock. */
static int on_tick(sd_event_source *source, uint64_t usec, void *arg)
{
	struct appliance *a = arg;

	(void)usec;
	http_server_wake(a->admin_api);
	overdue_look(a, now_ms());
	(void)sd_event_source_set_time_relative(source, TICK_US);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int add_timers(struct appliance *a, struct error *err)
{
	int r = sd_event_add_time(
		a->loop, &a->flush, CLOCK_MONOTONIC, 0, TIMER_ACCURACY, on_flush, a);

	if (r >= 0)
		r = sd_event_source_set_enabled(a->flush, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time_relative(
			a->loop, &a->tick, CLOCK_MONOTONIC, TICK_US, TIMER_ACCURACY, on_tick, a);
	return r < 0 ? fail(err, -r, "the appliance's timers") : 0;
}

static int load_machine(const struct machine *m, void *arg, struct error *err)
{
	struct appliance *a = arg;
	struct member *x;

	return reconcile_add(a, m, &x, err);
}

static int open_state(struct appliance *a, struct error *err)
{
	char path[PATH_MAX];
	int r = make_dirs(a->options->state_dir, STATE_MODE, err);

	if (r == 0)
		r = make_dirs(a->options->run_dir, RUN_MODE, err);
	if (r < 0) {
		snprintf(err->code, sizeof(err->code), "SW-1021");
		return fail_hint(err, "run as root, or give another --state-dir and --run-dir");
	}
	r = state_path(a, "state.db", path, err);
	if (r == 0)
		r = state_open(path, &a->state, err);
	if (r == 0)
		r = state_load_history(a->state, &a->timeline.history, err);
	if (r == 0)
		r = state_each_machine(a->state, load_machine, a, err);
	return r == 0 ? admission_load(a, err) : r;
}

static int open_store(struct appliance *a, struct error *err)
{
	char path[PATH_MAX];
	int r = state_path(a, "store", path, err);

	return r == 0 ? store_open(path, true, &a->store, err) : r;
}

int appliance_open(struct appliance *a, const struct options *o, sd_event *loop, struct error *err)
{
	int r;

	*a = (struct appliance){ .options = o,
		.loop = sd_event_ref(loop),
		.started_ms = now_ms(),
		.opened_ms = monotonic_ms() };
	(void)inet_ntop(AF_INET, &o->address, a->address, sizeof(a->address));
	if (o->http_port == 80)
		snprintf(a->registry, sizeof(a->registry), "http://%s", a->address);
	else
		snprintf(
			a->registry, sizeof(a->registry), "http://%s:%u", a->address, o->http_port);
	r = events_new(a->started_ms, &a->events, err);
	if (r == 0)
		r = boot_table_new(&a->boot, err);
	if (r == 0)
		r = roster_init(&a->roster, err);
	if (r == 0)
		r = open_state(a, err);
	a->timeline.state = a->state;
	a->timeline.events = a->events;
	if (r == 0)
		r = tls_identity_open(&a->identity, o->state_dir, err);
	if (r == 0)
		r = auth_new(&a->identity.pin, &a->auth, err);
	if (r == 0)
		r = open_store(a, err);
	return r == 0 ? add_timers(a, err) : r;
}

static int start_bulk(struct appliance *a, struct error *err)
{
	char store[PATH_MAX], tftp[PATH_MAX];
	struct http_bulk_options o = {
		.store = store,
		.tftp_dir = tftp,
		.data_dir = a->options->data_dir,
		.address = a->address,
		.http_port = a->options->http_port,
		.machine_port = a->options->machine_port,
		.pin = a->identity.pin,
		.boot = a->boot,
	};
	int r = access_queue_new(a->loop, sighting_access, a, &a->accesses, err);

	o.accesses = a->accesses;
	if (r == 0)
		r = state_path(a, "store", store, err);
	if (r == 0)
		r = state_path(a, "tftp", tftp, err);
	if (r == 0)
		r = listen_tcp(a->options->address, a->options->http_port, &o.listen_fd, err);
	return r == 0 ? http_bulk_new(&o, &a->bulk, err) : r;
}

static void on_publish(void *arg)
{
	struct appliance *a = arg;

	if (a->admin_api)
		http_server_wake(a->admin_api);
}

static void warn_of_missing(const struct appliance *a)
{
	static const char *const files[] = { "agent/vmlinuz", "agent/initrd", "agent/local.efi" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", a->options->data_dir, files[i]) <
				sizeof(path) &&
			!file_exists(path))
			log_warn("%s is missing: machines can't boot", path);
	}
}

/* Without it everything else works. */
static void start_sticks(struct appliance *a)
{
	const struct sticks_options o = {
		.state_dir = a->options->state_dir,
		.pattern = a->options->sticks,
		.events = a->events,
	};
	struct error err = { 0 };

	if (sticks_new(a->loop, &o, &a->sticks, &err) < 0)
		log_err(&err, "sticks that are plugged in are not noticed");
}

int appliance_start(
	struct appliance *a, void (*on_ready)(const struct appliance *a), struct error *err)
{
	int r = services_open(a, err);

	a->on_ready = on_ready;
	if (r == 0)
		r = start_bulk(a, err);
	if (r == 0)
		r = http_machine_start(a, err);
	if (r == 0)
		r = http_admin_start(a, err);
	if (r == 0)
		r = http_async_new(a->loop, &a->http, err);
	if (r == 0)
		r = reconcile_resume(a, err);
	if (r == 0)
		r = joining_new(a, &a->joining, err);
	if (r == 0)
		r = joining_resume(a->joining, err);
	if (r < 0)
		return r;
	events_on_publish(a->events, on_publish, a);
	warn_of_missing(a);
	start_sticks(a);
	return services_start(a, err);
}

void appliance_close(struct appliance *a)
{
	struct error err = { 0 };

	if (a->state && state_commit(a->state, &err) < 0)
		log_err(&err, "what the machines did is not recorded");
	sticks_free(a->sticks);
	services_close(a);
	http_server_free(a->admin_api);
	a->admin_api = NULL;
	http_server_free(a->machine_api);
	http_bulk_free(a->bulk);
	access_queue_free(a->accesses);
	joining_free(a->joining);
	http_async_free(a->http);
	sd_event_source_disable_unref(a->flush);
	sd_event_source_disable_unref(a->tick);
	store_close(a->store);
	auth_free(a->auth);
	tls_identity_done(&a->identity);
	roster_done(&a->roster);
	state_close(a->state);
	boot_table_free(a->boot);
	events_free(a->events);
	sd_event_unref(a->loop);
}
