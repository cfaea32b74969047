// SPDX-License-Identifier: Apache-2.0
/* Facts and times on stdout. */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/output.h"

#define NAME_WIDTH 12
#define DEPTH_MAX  8

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

static void fact_put(const char *name, const json_t *value)
{
	auto_buf text = { .max = 8192 };

	if (json_is_string(value))
		buf_puts(&text, json_string_value(value));
	else if (json_is_integer(value))
		buf_printf(&text, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		buf_puts(&text, json_is_true(value) ? "yes" : "no");
	fact_print(name, buf_str(&text));
}

static void facts_below(const json_t *value, const char *prefix, int depth)
{
	const char *key;
	json_t *one;

	json_object_foreach ((json_t *)value, key, one) {
		auto_buf name = { .max = 512 };

		buf_printf(&name, "%s%s%s", prefix, *prefix ? "." : "", key);
		if (json_is_object(one) && depth < DEPTH_MAX)
			facts_below(one, buf_str(&name), depth + 1);
		else
			fact_put(buf_str(&name), one);
	}
}

void facts_print(const json_t *value)
{
	facts_below(value, "", 0);
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
