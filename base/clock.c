// SPDX-License-Identifier: Apache-2.0
/* Time, sizes and durations, and how people write them. */
#include "base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DURATION_MAX_S (365 * 86400ll)

static int64_t clock_ms(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts); /* cannot fail for the two clocks used here */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

const char *time_format(int64_t unix_ms, char out[static TIME_TEXT_MAX])
{
	time_t s = (time_t)(unix_ms / 1000);
	struct tm tm;
	size_t n;

	if (!gmtime_r(&s, &tm) || !(n = strftime(out, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm))) {
		(void)snprintf(out, TIME_TEXT_MAX, "(no time)");
		return out;
	}
	(void)snprintf(out + n, TIME_TEXT_MAX - n, ".%03dZ", (int)(unix_ms % 1000));
	return out;
}

int duration_parse(const char *text, int64_t *ret_s, struct error *err)
{
	char *end;
	long long n;
	int64_t unit = 1;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (end[0] && !end[1])
		unit = end[0] == 's' ? 1 : end[0] == 'm' ? 60 : end[0] == 'h' ? 3600 :
			end[0] == 'd' ? 86400 : 0;
	else if (end[0])
		unit = 0;
	if (end == text || unit == 0 || errno || n <= 0 || n > DURATION_MAX_S / unit)
		return fail_code(err, EINVAL, NULL,
			"'%.40s' is no duration: write 90s, 30m, 2h or 1d (at most 365d)", text);
	*ret_s = n * unit;
	return 0;
}

const char *duration_format(int64_t ms, char out[static TIME_TEXT_MAX])
{
	int64_t s = ms / 1000;

	if (ms < 9950)
		(void)snprintf(out, TIME_TEXT_MAX, "%" PRId64 ".%" PRId64 " s", s, ms % 1000 / 100);
	else if (s < 120)
		(void)snprintf(out, TIME_TEXT_MAX, "%" PRId64 " s", s);
	else if (s < 7200)
		(void)snprintf(out, TIME_TEXT_MAX, "%" PRId64 " min %02" PRId64 " s", s / 60,
			s % 60);
	else
		(void)snprintf(out, TIME_TEXT_MAX, "%" PRId64 " h %02" PRId64 " min", s / 3600,
			s / 60 % 60);
	return out;
}

/* "", "B", "K", "KB", "KiB" ... to a factor; 0 where it is none. */
static double size_unit(const char *suffix)
{
	static const char prefixes[] = "KMGTP";
	const char *at = suffix[0] ? strchr(prefixes, suffix[0]) : NULL;
	double power;

	if (!suffix[0] || strcmp(suffix, "B") == 0)
		return 1;
	if (!at)
		return 0;
	power = (double)(at - prefixes + 1);
	if (strcmp(suffix + 1, "B") == 0)
		return pow(1000, power);
	return !suffix[1] || strcmp(suffix + 1, "iB") == 0 ? pow(1024, power) : 0;
}

int size_parse(const char *text, uint64_t *ret_bytes, struct error *err)
{
	char *end;
	double n = strtod(text, &end);
	double unit = size_unit(end);

	if (end == text || text[0] < '0' || text[0] > '9' || unit <= 0 || !(n * unit < 9.2e18))
		return fail_code(err, EINVAL, NULL,
			"'%.40s' is no size: write 20G, 512M, 1.5T or bytes", text);
	*ret_bytes = (uint64_t)(n * unit);
	return 0;
}

const char *size_format(uint64_t bytes, char out[static SIZE_TEXT_MAX])
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	double n = (double)bytes / 1000;
	size_t unit = 0;

	if (bytes < 1000) {
		(void)snprintf(out, SIZE_TEXT_MAX, "%" PRIu64 " B", bytes);
		return out;
	}
	for (; n >= 999.95 && unit < 5; unit++)
		n /= 1000;
	(void)snprintf(out, SIZE_TEXT_MAX, "%.1f %s", n, units[unit]);
	return out;
}
