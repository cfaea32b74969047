// SPDX-License-Identifier: Apache-2.0
/*
 * Paths under /v2/. A repository may hold components such as "manifests" itself, so a path is read
 * from its end: reference, then kind, and what is left is the repository.
 */
#include "bundles/registry_path.h"

#include <stdbool.h>
#include <string.h>

#define PREFIX  "/v2"
#define CATALOG "/_catalog"

static const struct {
	const char *kind;
	enum registry_route route;
} kinds[] = {
	{ "manifests", REGISTRY_ROUTE_MANIFEST },
	{ "blobs", REGISTRY_ROUTE_BLOB },
	{ "tags", REGISTRY_ROUTE_TAGS },
	{ "referrers", REGISTRY_ROUTE_REFERRERS },
};

/* Takes the last component off p[0..*n) and the slash before it. */
static bool component_take(const char *p, size_t *n, char *out, size_t max)
{
	size_t at = *n;

	while (at > 0 && p[at - 1] != '/')
		at--;
	if (at == 0 || at == *n || *n - at >= max)
		return false;
	memcpy(out, p + at, *n - at);
	out[*n - at] = '\0';
	*n = at - 1;
	return true;
}

static bool route_find(const char *kind, const char *reference, enum registry_route *ret)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		*ret = kinds[i].route;
		return *ret != REGISTRY_ROUTE_TAGS || strcmp(reference, "list") == 0;
	}
	return false;
}

int registry_path_parse(const char *path, size_t n, struct registry_path *ret, struct error *err)
{
	struct registry_path p = { 0 };
	char kind[16];
	size_t skip = strlen(PREFIX);
	bool known;

	if (n < skip || memcmp(path, PREFIX, skip) != 0 || memchr(path, '\0', n))
		return fail_code(err, EINVAL, NULL, "no path of a registry");
	path += skip;
	n -= skip;
	if (n == 0 || (n == 1 && *path == '/')) {
		*ret = p;
		return 0;
	}
	if (n == strlen(CATALOG) && memcmp(path, CATALOG, n) == 0) {
		p.route = REGISTRY_ROUTE_CATALOG;
		*ret = p;
		return 0;
	}
	known = component_take(path, &n, p.reference, sizeof(p.reference)) &&
		component_take(path, &n, kind, sizeof(kind)) &&
		route_find(kind, p.reference, &p.route);
	if (!known || n < 2 || n - 1 >= sizeof(p.repository))
		return fail_code(err, EINVAL, NULL, "no path of a registry");
	memcpy(p.repository, path + 1, n - 1); /* behind its slash */
	p.repository[n - 1] = '\0';
	if (!entry_name_valid(p.repository))
		return fail_code(err, EINVAL, NULL, "no name of a repository");
	*ret = p;
	return 0;
}
