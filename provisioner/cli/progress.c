// SPDX-License-Identifier: Apache-2.0
/* Progress on stderr. */
#include "provisioner/cli/progress.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define BAR_WIDTH   24
#define REDRAW_MS   100  /* on a terminal */
#define LINE_MS     5000 /* elsewhere */
#define RATE_MS     500  /* over which a rate is measured */
#define RATE_WEIGHT 0.3  /* of the newest measurement */

void progress_start(struct progress *p, const struct cli *cli, const char *label)
{
	*p = (struct progress){ .terminal = cli->terminal, .started_ms = monotonic_ms() };
	p->told_ms = p->started_ms;
	p->rate_ms = p->started_ms;
	(void)snprintf(p->label, sizeof(p->label), "%s", label);
}

static void rate_measure(struct progress *p, uint64_t done, int64_t now)
{
	double rate;

	if (now - p->rate_ms < RATE_MS)
		return;
	rate = (double)(done - p->rate_bytes) * 1000 / (double)(now - p->rate_ms);
	p->rate = p->rate > 0 ? p->rate + RATE_WEIGHT * (rate - p->rate) : rate;
	p->rate_ms = now;
	p->rate_bytes = done;
}

static void bar_draw(uint64_t done, uint64_t total, char out[static BAR_WIDTH + 4])
{
	size_t full = total ? (size_t)((double)done * BAR_WIDTH / (double)total) : BAR_WIDTH;

	out[0] = '[';
	for (size_t i = 0; i < BAR_WIDTH; i++)
		out[1 + i] = i < full ? '#' : '.';
	memcpy(out + 1 + BAR_WIDTH, "] ", 3);
}

void progress_line(
	const struct progress *p, uint64_t done, uint64_t total, bool bar, char *out, size_t size)
{
	char drawn[BAR_WIDTH + 4] = "";
	char done_text[SIZE_TEXT_MAX];
	char total_text[SIZE_TEXT_MAX];
	char rate_text[SIZE_TEXT_MAX];
	char left_text[TIME_TEXT_MAX];
	size_t n;

	if (bar)
		bar_draw(done, total, drawn);
	(void)snprintf(out, size, "%s %s%3u%% %s of %s", p->label, drawn,
		total ? (unsigned int)((double)done * 100 / (double)total) : 100,
		size_format(done, done_text), size_format(total, total_text));
	n = strlen(out);
	if (p->rate >= 1 && done < total)
		(void)snprintf(out + n, size - n, ", %s/s, %s left",
			size_format((uint64_t)p->rate, rate_text),
			duration_format(
				(int64_t)((double)(total - done) * 1000 / p->rate), left_text));
}

void progress_set(struct progress *p, uint64_t done, uint64_t total)
{
	int64_t now = monotonic_ms();
	char line[256];

	if (!p->begun) {
		p->begun = true;
		p->rate_bytes = done;
	}
	rate_measure(p, done, now);
	if (now - p->told_ms < (p->terminal ? REDRAW_MS : LINE_MS))
		return;
	p->told_ms = now;
	progress_line(p, done, total, p->terminal, line, sizeof(line));
	if (p->terminal)
		(void)fprintf(stderr, "\r\033[K%s", line);
	else
		cli_say("%s", line);
	p->drawn = p->terminal;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		(void)fputs("\r\033[K", stderr); /* a terminal that is gone shows nothing anyway */
	p->drawn = false;
}
