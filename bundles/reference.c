// SPDX-License-Identifier: Apache-2.0
/* Names of entries: what is one, and its parts. */
#include "bundles/reference.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"

#define HUB "docker.io" /* the host of names that have none */

static bool is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* Length of a separator inside a component of a repository: ".", "_", "__" or dashes. */
static size_t separator(const char *p)
{
	if (*p == '.')
		return 1;
	if (*p == '_')
		return p[1] == '_' ? 2 : 1;
	return strspn(p, "-");
}

bool repository_valid(const char *p)
{
	if (strlen(p) > REPOSITORY_MAX)
		return false;
	for (;;) {
		if (!is_lower(*p))
			return false;
		while (is_lower(*p))
			p++;
		if (!*p)
			return true;
		p += *p == '/' ? 1 : separator(p);
	}
}

bool tag_valid(const char *p)
{
	size_t n = strlen(p);

	if (n == 0 || n > TAG_MAX || *p == '.' || *p == '-')
		return false;
	while (is_alnum(*p) || (*p && strchr("._-", *p)))
		p++;
	return *p == '\0';
}

bool entry_name_valid(const char *p)
{
	if (strlen(p) >= REFERENCE_MAX)
		return false;
	for (;;) {
		if (!is_alnum(*p))
			return false;
		while (is_alnum(*p))
			p++;
		if (!*p)
			return true;
		if (!strchr("/-._:@+", *p))
			return false;
		p += p[0] == '-' && p[1] == '-' ? 2 : 1;
	}
}

static bool is_host(const char *p, size_t n)
{
	return memchr(p, '.', n) || memchr(p, ':', n) || (n == 9 && memcmp(p, "localhost", n) == 0);
}

static bool part_copy(char *out, size_t max, const char *p, size_t n)
{
	if (n >= max)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

int reference_parse(const char *name, struct reference *ret, struct error *err)
{
	struct reference ref = { 0 };
	const char *slash = strchr(name, '/');
	const char *rest = name;
	const char *colon;
	bool fits = true;

	if (slash && is_host(name, (size_t)(slash - name))) {
		fits = part_copy(ref.host, sizeof(ref.host), name, (size_t)(slash - name));
		rest = slash + 1;
	}
	colon = strchr(rest, ':');
	fits = fits && part_copy(ref.repository, sizeof(ref.repository), rest,
			       colon ? (size_t)(colon - rest) : strlen(rest));
	if (colon)
		fits = fits && part_copy(ref.tag, sizeof(ref.tag), colon + 1, strlen(colon + 1));
	if (!fits || !repository_valid(ref.repository) || (colon && !tag_valid(ref.tag)))
		return fail_code(err, EINVAL, NULL, "'%.120s' is no image name", name);
	*ret = ref;
	return 0;
}

int reference_normalize(const char *name, char *out, struct error *err)
{
	struct reference ref;
	bool hub;
	int n;
	int r = reference_parse(name, &ref, err);

	if (r < 0)
		return r;
	hub = !ref.host[0] || strcmp(ref.host, HUB) == 0 || strcmp(ref.host, "index." HUB) == 0;
	n = snprintf(out, REFERENCE_MAX, "%s/%s%s:%s", hub ? HUB : ref.host,
		hub && !strchr(ref.repository, '/') ? "library/" : "", ref.repository,
		ref.tag[0] ? ref.tag : "latest");
	if (n >= REFERENCE_MAX || !entry_name_valid(out))
		return fail_code(err, EINVAL, NULL, "'%.120s' is no image name", name);
	return 0;
}

int reference_resolve(const char *name, char *out, char *digest, struct error *err)
{
	char plain[REFERENCE_MAX];
	const char *at = strchr(name, '@');
	size_t n = at ? (size_t)(at - name) : strlen(name);
	struct digest parsed;
	int r;

	if (n >= sizeof(plain))
		return fail_code(err, EINVAL, NULL, "'%.120s' is no image name", name);
	memcpy(plain, name, n);
	plain[n] = '\0';
	r = reference_normalize(plain, out, err);
	if (r == 0 && at && digest_parse(at + 1, &parsed, err) < 0)
		r = fail_code(err, EINVAL, NULL, "'%.120s' is no digest", at + 1);
	if (r < 0)
		return r;
	digest[0] = '\0';
	if (!at)
		return 0;
	(void)digest_format(&parsed, digest);
	*strrchr(out, ':') = '\0';
	return 0;
}
