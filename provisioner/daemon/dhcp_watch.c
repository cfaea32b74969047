// SPDX-License-Identifier: Apache-2.0
/* The look-out on the loop: a pause, a round, a report, and so on. */
#include "provisioner/daemon/dhcp_watch.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/netif.h"

struct dhcp_watch {
	struct dhcp_watch_options o;
	struct probe probe; /* open during a round */
	sd_event *loop;     /* borrowed */
	sd_event_source *timer;
	sd_event_source *replies; /* during a round */
};

static void set_timer(struct dhcp_watch *w, int64_t delay_ms)
{
	/* Fail for a source that is finished only, which it is not. */
	(void)sd_event_source_set_time_relative(
		w->timer, delay_ms > 0 ? (uint64_t)delay_ms * 1000 : 0);
	(void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static void round_end(struct dhcp_watch *w, int outcome, const struct probe_server *server,
	const struct error *err)
{
	w->replies = sd_event_source_disable_unref(w->replies);
	probe_close(&w->probe);
	set_timer(w, w->o.on_round(outcome, server, err, w->o.arg));
}

static void round_step(struct dhcp_watch *w)
{
	struct error err = { 0 };
	struct probe_server server = { 0 };
	int res;

	do
		res = probe_step(&w->probe, monotonic_ms(), &server, &err);
	while (res == PROBE_PROXY);
	if (res == PROBE_WAITING)
		set_timer(w, probe_next_ms(&w->probe) - monotonic_ms());
	else
		round_end(w, res, &server, &err);
}

static int on_reply(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	(void)source;
	(void)fd;
	(void)events;
	round_step(arg);
	return 0;
}

/* The interface may have gone and come back under another index since the last round. */
static int round_begin(struct dhcp_watch *w, struct error *err)
{
	struct netif netif;
	int res = netif_find(w->o.interface, &netif, err);

	if (res == 0)
		res = netif_choose_address(&netif, w->o.own, err);
	if (res == 0)
		res = probe_open(&w->probe, netif.index, netif.address, err);
	if (res == 0)
		res = probe_begin(&w->probe, monotonic_ms(), err);
	if (res < 0)
		return res;

	int r = sd_event_add_io(w->loop, &w->replies, w->probe.fd, EPOLLIN, on_reply, w);

	return r < 0 ? fail(err, -r, "watching for DHCP servers") : 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct dhcp_watch *w = arg;
	struct error err = { 0 };
	int res = 0;

	(void)source;
	(void)usec;
	if (!w->replies)
		res = round_begin(w, &err);
	if (res < 0)
		round_end(w, res, NULL, &err);
	else
		round_step(w);
	return 0;
}

int dhcp_watch_new(sd_event *loop, const struct dhcp_watch_options *options, int64_t first_ms,
	struct dhcp_watch **ret, struct error *err)
{
	struct dhcp_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return fail_memory(err);
	w->o = *options;
	w->loop = loop;
	w->probe = (struct probe)PROBE_INIT;
	r = sd_event_add_time_relative(
		loop, &w->timer, CLOCK_MONOTONIC, (uint64_t)first_ms * 1000, 10000, on_timer, w);
	if (r < 0) {
		free(w);
		return fail(err, -r, "making a timer to watch for DHCP servers");
	}
	*ret = w;
	return 0;
}

void dhcp_watch_free(struct dhcp_watch *w)
{
	if (!w)
		return;
	sd_event_source_disable_unref(w->replies);
	sd_event_source_disable_unref(w->timer);
	probe_close(&w->probe);
	free(w);
}
