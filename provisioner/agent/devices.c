// SPDX-License-Identifier: Apache-2.0
/* Drivers at start and at hot-plug. */
#include "provisioner/agent/devices.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/uevent.h"
#include "provisioner/agent/modules.h"

#define QUIET_MS  120  /* no event for so long: probing is over */
#define SETTLE_MS 8000 /* a controller that takes longer is found by hot-plug */

struct devices {
	struct modules *modules; /* NULL: none to load. The thread's once it runs */
	int events;              /* device events */
	int changed;             /* eventfd: disks or cards came or went */
	int settled;             /* eventfd: readable for good once the start is over */
	int stop;                /* eventfd: the thread shall end */
	pthread_t thread;
	bool running;
	uint8_t room[UEVENT_MAX];
};

static void signal_fd(int fd)
{
	const uint64_t one = 1;

	/* An eventfd takes a write of 1 unless it is already at its end, which tells as much. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static bool is_of_interest(const struct uevent *e)
{
	if (strcmp(e->action, "add") != 0 && strcmp(e->action, "remove") != 0 &&
		strcmp(e->action, "change") != 0)
		return false;
	return (strcmp(e->subsystem, "block") == 0 && strcmp(e->devtype, "disk") == 0 &&
		       strcmp(e->action, "change") != 0) ||
	       strcmp(e->subsystem, "net") == 0;
}

/* Takes all events that wait; true where disks or network cards are among them. */
static bool take_events(struct devices *d)
{
	struct uevent e;
	bool changed = false;
	int r;

	while ((r = uevent_receive(d->events, d->room, &e)) > 0) {
		if (r == 2)
			(void)modules_coldplug(
				d->modules, MODULES_ALL); /* the count is of no use here */
		else if (strcmp(e.action, "add") == 0 && e.modalias[0])
			(void)modules_load(d->modules, e.modalias); /* the same */
		changed = changed || r == 2 || is_of_interest(&e);
	}
	return changed;
}

/* Drivers probe in the background: wait until the kernel has been silent for a moment. */
static void settle(struct devices *d)
{
	int64_t end_ms = monotonic_ms() + SETTLE_MS;
	struct pollfd fd = { .fd = d->events, .events = POLLIN };

	while (monotonic_ms() < end_ms && poll(&fd, 1, QUIET_MS) != 0)
		(void)take_events(d); /* the first inventory is read after this */
}

static void *run_devices(void *arg)
{
	struct devices *d = arg;
	struct pollfd fds[] = { { .fd = d->events, .events = POLLIN },
		{ .fd = d->stop, .events = POLLIN } };

	(void)modules_coldplug(d->modules, MODULES_NETWORK); /* how many there are is of no use */
	if (modules_coldplug(d->modules, MODULES_ALL) > 0)
		settle(d);
	signal_fd(d->settled);
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		if (take_events(d))
			signal_fd(d->changed);
	}
}

int devices_start(struct devices **ret, struct error *err)
{
	struct devices *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return fail_memory(err);
	d->events = d->changed = d->settled = d->stop = -1;
	r = modules_new(&d->modules, err);
	if (r == 0)
		r = uevent_open(&d->events, err);
	if (r == 0) {
		d->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		d->stop = eventfd(0, EFD_CLOEXEC);
		d->settled = eventfd(0, EFD_CLOEXEC);
		r = d->changed < 0 || d->settled < 0 || d->stop < 0
			    ? fail(err, errno, "making an eventfd")
			    : 0;
	}
	if (r == 0) {
		r = -pthread_create(&d->thread, NULL, run_devices, d);
		d->running = r == 0;
		if (r < 0)
			(void)fail(err, -r, "starting the thread for device events");
	}
	if (r < 0) {
		devices_stop(d);
		return r;
	}
	*ret = d;
	return 0;
}

void devices_stop(struct devices *d)
{
	if (!d)
		return;
	if (d->running) {
		signal_fd(d->stop);
		(void)pthread_join(d->thread, NULL); /* a thread of ours, joined once */
	}
	cleanup_close(&d->events);
	cleanup_close(&d->changed);
	cleanup_close(&d->settled);
	cleanup_close(&d->stop);
	modules_free(d->modules);
	free(d);
}

bool devices_settled(struct devices *d, int timeout_ms)
{
	struct pollfd fd = { .fd = d ? d->settled : -1, .events = POLLIN };

	return !d || poll(&fd, 1, timeout_ms) > 0; /* interrupted or not, the caller asks again */
}

bool devices_wait(struct devices *d, int timeout_ms)
{
	struct pollfd fd = { .fd = d ? d->changed : -1, .events = POLLIN };

	/* Interrupted or not, the caller looks again at its own deadline. */
	return poll(&fd, 1, timeout_ms) > 0 && devices_changed(d);
}

bool devices_changed(struct devices *d)
{
	uint64_t count;

	return d && read(d->changed, &count, sizeof(count)) == sizeof(count);
}
