// SPDX-License-Identifier: Apache-2.0
/* What the screen shows, as text. */
#include <string.h>

#include "provisioner/agent/screen.h"

#define BAR_WIDTH 40

static void render_rate(const struct screen_view *v, struct buf *out)
{
	char done[SIZE_TEXT_MAX], total[SIZE_TEXT_MAX], rate[SIZE_TEXT_MAX], left[TIME_TEXT_MAX];

	buf_printf(out, "%s of %s", size_format(v->done_bytes, done),
		size_format(v->total_bytes, total));
	if (v->rate_bps == 0 || v->done_bytes >= v->total_bytes)
		return;
	buf_printf(out, ", %s/s, %s left", size_format(v->rate_bps, rate),
		duration_format(
			(int64_t)((v->total_bytes - v->done_bytes) * 1000 / v->rate_bps), left));
}

static unsigned percent_of(const struct screen_view *v)
{
	return v->done_bytes >= v->total_bytes
		       ? 100
		       : (unsigned)((double)v->done_bytes * 100 / (double)v->total_bytes);
}

static void render_bar(const struct screen_view *v, struct buf *out)
{
	unsigned percent = percent_of(v);

	buf_puts(out, "  [");
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		buf_puts(out, i < percent * BAR_WIDTH / 100 ? "#" : ".");
	buf_printf(out, "] %u %%  ", percent);
	render_rate(v, out);
	buf_puts(out, "\n\n");
}

static void render_row(const char *label, const char *value, struct buf *out)
{
	if (value[0])
		buf_printf(out, "  %-12s %s\n", label, value);
}

void screen_render(const struct screen_view *v, int64_t now_ms, struct buf *out)
{
	char since[TIME_TEXT_MAX];

	buf_puts(out, "\n  Slipway\n\n");
	render_row("Machine", v->name, out);
	render_row("Check code", v->check_code, out);
	buf_puts(out, "\n");
	render_row("State", v->state, out);
	render_row("Since", duration_format(now_ms - v->since_ms, since), out);
	render_row("Waiting for", v->waits_for, out);
	render_row("Usually", v->usual, out);
	render_row("Check", v->check, out);
	buf_puts(out, "\n");
	if (v->total_bytes > 0)
		render_bar(v, out);
	if (v->problem[0]) {
		render_row("Problem", v->problem, out);
		buf_puts(out, "\n");
	}
	render_row("Address", v->address, out);
	render_row("Appliance", v->appliance, out);
}

void screen_render_line(const struct screen_view *v, struct buf *out)
{
	if (v->name[0])
		buf_printf(out, "%s ", v->name);
	if (v->check_code[0])
		buf_printf(out, "[%s] ", v->check_code);
	buf_puts(out, v->state);
	if (v->waits_for[0])
		buf_printf(out, "; waiting for %s", v->waits_for);
	if (v->usual[0])
		buf_printf(out, "; usually %s", v->usual);
	if (v->check[0])
		buf_printf(out, "; check %s", v->check);
	if (v->total_bytes > 0) {
		buf_printf(out, "; %u %%, ", percent_of(v));
		render_rate(v, out);
	}
	if (v->problem[0])
		buf_printf(out, "; problem: %s", v->problem);
}
