// SPDX-License-Identifier: Apache-2.0
/* Repositories as ranges of the store's sorted entries. */
#include "bundles/registry_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct entries {
	const struct store_entry *all;
	size_t count;
};

/* The first entry whose name is not below `name`. */
static size_t lower_bound(const struct entries *e, const char *name)
{
	size_t low = 0;
	size_t high = e->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(e->all[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Takes the entries named base and base:TAG; false where there are none. */
static bool base_take(const struct entries *e, const char *base, struct registry_repository *ret)
{
	struct registry_repository repo = { 0 };
	char first[REFERENCE_MAX + 1];
	size_t at = lower_bound(e, base);
	size_t n = strlen(base);

	if (n == 0 || n >= sizeof(repo.base))
		return false;
	memcpy(repo.base, base, n + 1);
	if (at < e->count && strcmp(e->all[at].name, base) == 0)
		repo.untagged = &e->all[at];
	(void)snprintf(first, sizeof(first), "%s:", base);
	at = lower_bound(e, first);
	repo.tagged = e->all + at;
	while (at + repo.count < e->count &&
		strncmp(repo.tagged[repo.count].name, first, n + 1) == 0)
		repo.count++;
	*ret = repo;
	return repo.untagged || repo.count > 0;
}

/* The one host that has the repository; false where none or several do. */
static bool any_host_take(
	const struct entries *e, const char *name, struct registry_repository *ret)
{
	char base[2 * REFERENCE_MAX] = "";

	for (size_t i = 0; i < e->count; i++) {
		char other[2 * REFERENCE_MAX];
		struct reference ref;
		struct error ignored = { 0 };

		if (reference_parse(e->all[i].name, &ref, &ignored) < 0 || !ref.host[0] ||
			strcmp(ref.repository, name) != 0)
			continue;
		(void)snprintf(other, sizeof(other), "%s/%s", ref.host, ref.repository);
		if (base[0] && strcmp(base, other) != 0)
			return false;
		memcpy(base, other, sizeof(base));
	}
	return base_take(e, base, ret);
}

int registry_repository_find(struct store *s, const char *name, const char *ns,
	struct registry_repository *ret, struct error *err)
{
	struct entries e;
	char full[2 * REFERENCE_MAX];
	bool found = false;
	int r = store_list(s, &e.all, &e.count, err);

	if (r < 0)
		return r;
	if (ns && snprintf(full, sizeof(full), "%s/%s", ns, name) < (int)sizeof(full))
		found = base_take(&e, full, ret);
	found = found || base_take(&e, name, ret) || (!ns && any_host_take(&e, name, ret));
	return found ? 0 : fail_code(err, ENOENT, NULL, "no repository '%s'", name);
}

const struct store_entry *registry_tag_find(const struct registry_repository *repo, const char *tag)
{
	for (size_t i = 0; i < repo->count; i++)
		if (strcmp(registry_tag(repo, &repo->tagged[i]), tag) == 0)
			return &repo->tagged[i];
	return strcmp(tag, "latest") == 0 ? repo->untagged : NULL;
}

const char *registry_tag(const struct registry_repository *repo, const struct store_entry *e)
{
	return e->name + strlen(repo->base) + 1;
}
