// SPDX-License-Identifier: Apache-2.0
/* Matching segment by segment. A hole takes one segment that is not empty and not too long. */
#include "provisioner/daemon/route.h"

#include <stdbool.h>
#include <string.h>

static bool take_hole(const char *p, size_t n, struct route_match *m, unsigned *holes)
{
	if (n == 0 || n >= ROUTE_TEXT_MAX || *holes == ROUTE_HOLES_MAX)
		return false;
	memcpy(m->hole[*holes], p, n);
	m->hole[(*holes)++][n] = 0;
	return true;
}

static bool matches(const char *pattern, const char *path, struct route_match *m)
{
	unsigned holes = 0;

	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/");

		if (want == 2 && strncmp(pattern, "{}", 2) == 0) {
			if (!take_hole(path, have, m, &holes))
				return false;
		} else if (want != have || memcmp(pattern, path, want) != 0) {
			return false;
		}
		pattern += want;
		path += have;
	}
	return !*pattern && !*path;
}

int route_find(const struct route *table, const char *method, const char *path,
	const struct route **ret, struct route_match *ret_match, struct error *err)
{
	bool path_known = false;

	for (const struct route *r = table; r->method; r++) {
		struct route_match m = { 0 };

		if (!matches(r->path, path, &m))
			continue;
		path_known = true;
		if (strcmp(r->method, method) != 0)
			continue;
		*ret = r;
		*ret_match = m;
		return 0;
	}
	if (path_known)
		return fail_code(err, EOPNOTSUPP, "SW-5010", "this path does not take that method");
	return fail_code(err, ENOENT, "SW-5009", "there is nothing at this path");
}
