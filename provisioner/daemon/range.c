// SPDX-License-Identifier: Apache-2.0
/* Range and If-None-Match, read by hand: no number may overflow, nothing else may be guessed. */
#include "provisioner/daemon/range.h"

#include <string.h>

/* Reads digits; false where there is none or too many. */
static bool read_number(const char **p, uint64_t *ret)
{
	uint64_t n = 0;
	const char *start = *p;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		uint64_t digit = (uint64_t)(**p - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*ret = n;
	return *p > start;
}

/* "-500": the last so many. */
static enum range_result parse_suffix(
	const char *p, uint64_t size, uint64_t *first, uint64_t *length)
{
	uint64_t n;

	if (!read_number(&p, &n) || *p)
		return RANGE_WHOLE;
	if (n == 0 || size == 0)
		return RANGE_OUTSIDE;
	*length = n < size ? n : size;
	*first = size - *length;
	return RANGE_PART;
}

enum range_result range_parse(const char *header, uint64_t size, uint64_t *first, uint64_t *length)
{
	static const char unit[] = "bytes=";
	uint64_t from, to = UINT64_MAX;
	const char *p = header;

	if (!p || strncmp(p, unit, sizeof(unit) - 1) != 0)
		return RANGE_WHOLE;
	p += sizeof(unit) - 1;
	if (*p == '-')
		return parse_suffix(p + 1, size, first, length);
	if (!read_number(&p, &from) || *p++ != '-')
		return RANGE_WHOLE;
	if (*p && (!read_number(&p, &to) || *p || to < from))
		return RANGE_WHOLE;
	if (from >= size)
		return RANGE_OUTSIDE;
	*first = from;
	*length = (to < size - 1 ? to : size - 1) - from + 1;
	return RANGE_PART;
}

bool etag_matches(const char *header, const char *tag)
{
	size_t n = strlen(tag);
	const char *p = header;

	if (!header || !n)
		return false;
	if (strcmp(header, "*") == 0)
		return true;
	while ((p = strchr(p, '"'))) {
		const char *end = strchr(p + 1, '"');

		if (!end)
			return false;
		if ((size_t)(end - p - 1) == n && memcmp(p + 1, tag, n) == 0)
			return true;
		p = end + 1;
	}
	return false;
}

bool if_range_holds(const char *header, const char *tag)
{
	size_t n = strlen(tag);

	return !header || (n > 0 && header[0] == '"' && strncmp(header + 1, tag, n) == 0 &&
				  strcmp(header + 1 + n, "\"") == 0);
}
