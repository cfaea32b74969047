// SPDX-License-Identifier: Apache-2.0
/* Facts and times on stdout. */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/output.h"

#define NAME_WIDTH 12

void fact_print(const char *name, const char *text)
{
	if (!*text)
		return;
	printf("  ");
	text_put(stdout, name);
	printf("%*s ", (int)(text_width(name) < NAME_WIDTH ? NAME_WIDTH - text_width(name) : 0),
		"");
	text_put(stdout, text);
	printf("\n");
}

void clock_format(int64_t unix_ms, struct buf *out)
{
	time_t s = (time_t)(unix_ms / 1000);
	struct tm local;
	char text[16];

	if (unix_ms > 0 && localtime_r(&s, &local) &&
		strftime(text, sizeof(text), "%H:%M:%S", &local))
		buf_puts(out, text);
}

void age_format(int64_t unix_ms, struct buf *out)
{
	char text[TIME_TEXT_MAX];
	int64_t age = now_ms() - unix_ms;

	if (unix_ms > 0)
		buf_puts(out, duration_format(age > 0 ? age : 0, text));
}
