// SPDX-License-Identifier: Apache-2.0
/* Reports while work goes on. */
#include "provisioner/agent/progress.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define STAGE       "write"
#define REPORT_MS   1000
#define AWAY_MS     10000 /* an appliance that did not answer is not asked for so long */
#define PAUSE_MS    1000  /* between tries of a report that must arrive */
#define CLAIM_TRIES 60

void progress_start(struct progress *p, struct api *api, struct screen *screen)
{
	*p = (struct progress){ .api = api, .screen = screen, .mark_ms = monotonic_ms() };
}

static int send_report(
	struct progress *p, const char *status, const struct error *fault, struct error *err)
{
	const struct api_report report = {
		.stage = STAGE,
		.status = status,
		.step = p->step,
		.disk = p->disk,
		.done_bytes = p->done_bytes,
		.total_bytes = p->total_bytes,
		.rate_bps = p->rate_bps,
		.fault = fault,
	};
	bool stop = false;
	int r = api_report(p->api, &report, &stop, err);

	p->report_ms = monotonic_ms() + (r < 0 ? AWAY_MS : REPORT_MS);
	p->stopped = p->stopped || (r == 0 && stop);
	return r;
}

/* Sends until it is taken or refused, or for `tries` times. */
static int send_surely(struct progress *p, const char *status, const struct error *fault,
	unsigned tries, struct error *err)
{
	int r;

	while ((r = send_report(p, status, fault, err)) < 0 && !api_refused(err) && --tries > 0) {
		screen_problem(p->screen, "%s", err->text);
		screen_tick(p->screen);
		(void)poll(NULL, 0, PAUSE_MS); /* nothing tells when the appliance is back */
	}
	return r;
}

static void measure_rate(struct progress *p, int64_t now_ms)
{
	uint64_t rate;

	if (p->done_bytes < p->mark_bytes || now_ms - p->mark_ms < REPORT_MS)
		return;
	rate = (p->done_bytes - p->mark_bytes) * 1000 / (uint64_t)(now_ms - p->mark_ms);
	p->rate_bps = p->rate_bps ? (3 * p->rate_bps + rate) / 4 : rate;
	p->mark_ms = now_ms;
	p->mark_bytes = p->done_bytes;
}

int progress_claim(struct progress *p, const char *disk, struct error *err)
{
	int r;

	(void)snprintf(p->disk, sizeof(p->disk), "%s", disk);
	(void)snprintf(p->step, sizeof(p->step), "prepare disk");
	r = send_surely(p, "running", NULL, CLAIM_TRIES, err);
	if (r < 0)
		return fail_in(err, "telling which disk is to be written (nothing was written)");
	return p->stopped ? progress_fail(p, err) : 0;
}

int progress_tell(struct progress *p, const char *step, uint64_t done_bytes, uint64_t total_bytes)
{
	int64_t now_ms = monotonic_ms();
	struct error err = { 0 };

	if (step != p->step)
		(void)snprintf(p->step, sizeof(p->step), "%s", step);
	p->done_bytes = done_bytes;
	p->total_bytes = total_bytes;
	measure_rate(p, now_ms);
	screen_state(p->screen, NULL, "writing: %s", p->step);
	screen_bar(p->screen, done_bytes, total_bytes, p->rate_bps);
	if (now_ms >= p->report_ms)
		screen_problem(
			p->screen, "%s", send_report(p, "running", NULL, &err) < 0 ? err.text : "");
	return p->stopped;
}

int progress_fail(const struct progress *p, struct error *err)
{
	return p->stopped ? fail_code(err, ECANCELED, "SW-3020", "stopped by the appliance")
			  : err->number;
}

void progress_end(struct progress *p, const struct error *fault)
{
	struct error err = { 0 };

	(void)send_surely(p, fault ? "failed" : "done", fault, UINT32_MAX, &err);
	screen_bar(p->screen, 0, 0, 0);
}
