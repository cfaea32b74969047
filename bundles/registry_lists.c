// SPDX-License-Identifier: Apache-2.0
/* Lists a page at a time: tags of a repository, names of repositories. Both are sorted by bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bundles/registry_impl.h"

struct page {
	json_t *items; /* owned until it is put into the answer */
	size_t max;
	const char *last; /* items up to here were on earlier pages; NULL: none */
	bool more;        /* an item was left for the next one */
};

/* False where n is no number. */
static bool page_start(struct page *p, const struct registry_request *req)
{
	char *end = NULL;

	*p = (struct page){ .max = SIZE_MAX, .last = req->last };
	if (req->n && (req->n[0] < '0' || req->n[0] > '9'))
		return false;
	if (req->n)
		p->max = strtoul(req->n, &end, 10);
	if (end && *end)
		return false;
	p->items = json_array();
	return true;
}

static void page_add(struct page *p, const char *item)
{
	if (p->more || (p->last && strcmp(item, p->last) <= 0))
		return;
	if (json_array_size(p->items) < p->max)
		(void)json_array_append_new(p->items, json_string(item));
	else
		p->more = true;
}

/* The Link header to the next page, where there is one and this one is not empty. */
static void page_link(
	const struct page *p, struct registry_answer *a, const char *path, const char *ns)
{
	size_t n = json_array_size(p->items);

	if (p->more && n > 0)
		(void)snprintf(a->link, sizeof(a->link), "<%s?n=%zu&last=%s%s%s>; rel=\"next\"",
			path, p->max, json_string_value(json_array_get(p->items, n - 1)),
			ns ? "&ns=" : "", ns ? ns : "");
}

static int refuse_number(struct registry_answer *a, struct error *err)
{
	return registry_answer_error(
		a, 400, "PAGINATION_NUMBER_INVALID", "n is no number of items", err);
}

/* The entry without a tag is "latest" among the others. */
static void tags_add(struct page *p, const struct registry_repository *repo)
{
	bool latest = repo->untagged != NULL;

	for (size_t i = 0; i < repo->count; i++) {
		const char *tag = registry_tag(repo, &repo->tagged[i]);
		int order = strcmp(tag, "latest");

		if (latest && order > 0)
			page_add(p, "latest");
		latest = latest && order < 0;
		page_add(p, tag);
	}
	if (latest)
		page_add(p, "latest");
}

int registry_tags(const struct registry_request *req, const struct registry_path *path,
	const struct registry_repository *repo, struct registry_answer *a, struct error *err)
{
	bool of_ns = req->ns && strncmp(repo->base, req->ns, strlen(req->ns)) == 0;
	char own[REGISTRY_PATH_MAX];
	struct page p;

	if (!page_start(&p, req))
		return refuse_number(a, err);
	tags_add(&p, repo);
	(void)snprintf(own, sizeof(own), "/v2/%s/tags/list", path->repository);
	page_link(&p, a, own, of_ns ? req->ns : NULL);
	return registry_answer_json(a, 200, REGISTRY_JSON,
		json_pack("{s:s, s:o}", "name", path->repository, "tags", p.items), err);
}

struct names {
	char **list;
	size_t count;
};

static void names_done(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->list[i]);
	free(n->list);
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of all entries without their tags, sorted; some are there more than once. */
static int names_take(struct store *s, struct names *ret, struct error *err)
{
	const struct store_entry *e;
	size_t count;
	int r = store_list(s, &e, &count, err);

	if (r < 0)
		return r;
	ret->list = calloc(count + 1, sizeof(*ret->list));
	if (!ret->list)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(e[i].name, '/');
		const char *tag = strchr(slash ? slash : e[i].name, ':');
		size_t n = tag ? (size_t)(tag - e[i].name) : strlen(e[i].name);

		ret->list[i] = strndup(e[i].name, n);
		if (!ret->list[i])
			return fail_memory(err);
		ret->count++;
	}
	qsort(ret->list, ret->count, sizeof(*ret->list), name_order);
	return 0;
}

int registry_catalog(struct store *s, const struct registry_request *req, struct registry_answer *a,
	struct error *err)
{
	__attribute__((cleanup(names_done))) struct names names = { 0 };
	struct page p;
	int r = names_take(s, &names, err);

	if (r < 0)
		return r;
	if (!page_start(&p, req))
		return refuse_number(a, err);
	for (size_t i = 0; i < names.count; i++)
		if (i == 0 || strcmp(names.list[i - 1], names.list[i]) != 0)
			page_add(&p, names.list[i]);
	page_link(&p, a, "/v2/_catalog", NULL);
	return registry_answer_json(
		a, 200, REGISTRY_JSON, json_pack("{s:o}", "repositories", p.items), err);
}
