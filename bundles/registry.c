// SPDX-License-Identifier: Apache-2.0
/* Answers to requests under /v2/: what the store has, as the distribution specification words it.
 */
#include "bundles/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/registry_impl.h"

#define BLOB_TYPE "application/octet-stream"

int registry_answer_json(
	struct registry_answer *a, int status, const char *type, json_t *json, struct error *err)
{
	auto_json json_t *owned = json;
	auto_free char *text = NULL;
	int r = owned ? json_write(owned, &text, err) : fail_memory(err);

	if (r < 0)
		return r;
	a->status = status;
	(void)snprintf(a->content_type, sizeof(a->content_type), "%s", type);
	buf_reset(&a->body);
	buf_puts(&a->body, text);
	a->size = a->body.len;
	return buf_check(&a->body, "answer", err);
}

int registry_answer_error(struct registry_answer *a, int status, const char *code,
	const char *message, struct error *err)
{
	return registry_answer_json(a, status, REGISTRY_JSON,
		json_pack("{s:[{s:s, s:s}]}", "errors", "code", code, "message", message), err);
}

static int answer_blob(struct store *s, const struct digest *d, const char *type,
	struct registry_answer *a, struct error *err)
{
	int r = 0;

	if (!a->head || !store_has_blob(s, d, &a->size))
		r = store_open_blob(s, d, &a->fd, &a->size, err);
	if (r < 0)
		return r;
	a->status = 200;
	(void)snprintf(a->content_type, sizeof(a->content_type), "%s", type);
	(void)digest_format(d, a->digest);
	return 0;
}

/* The media type of a manifest in the store: its entry's, or what the document says itself. */
static int manifest_type(
	struct store *s, const struct digest *d, char type[static OCI_TYPE_MAX], struct error *err)
{
	auto_document doc = { 0 };
	const struct store_entry *e;
	size_t count;
	int r = store_list(s, &e, &count, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		if (digest_equal(&e[i].descriptor.digest, d)) {
			memcpy(type, e[i].descriptor.media_type, OCI_TYPE_MAX);
			return 0;
		}
	r = store_read_document(s, d, &doc, err);
	if (r == 0)
		memcpy(type, doc.media_type, OCI_TYPE_MAX);
	return r;
}

static int manifest_answer(struct store *s, const struct registry_repository *repo,
	const char *reference, struct registry_answer *a, struct error *err)
{
	const struct store_entry *e = registry_tag_find(repo, reference);
	char type[OCI_TYPE_MAX];
	struct digest d;

	if (e)
		return answer_blob(s, &e->descriptor.digest, e->descriptor.media_type, a, err);
	if (digest_parse(reference, &d, err) < 0)
		return registry_answer_error(a, 404, "MANIFEST_UNKNOWN", "no such tag", err);
	if (manifest_type(s, &d, type, err) < 0)
		return registry_answer_error(a, 404, "MANIFEST_UNKNOWN", "no such manifest", err);
	a->immutable = true;
	return answer_blob(s, &d, type, a, err);
}

static int blob_answer(
	struct store *s, const char *reference, struct registry_answer *a, struct error *err)
{
	struct digest d;

	if (digest_parse(reference, &d, err) < 0 && strncmp(reference, "sha512:", 7) != 0)
		return registry_answer_error(
			a, 400, "DIGEST_INVALID", "the digest is not one of SHA-256", err);
	if (strncmp(reference, "sha512:", 7) == 0 || !store_has_blob(s, &d, NULL))
		return registry_answer_error(a, 404, "BLOB_UNKNOWN", "no such blob", err);
	a->immutable = true;
	return answer_blob(s, &d, BLOB_TYPE, a, err);
}

static int repository_answer(struct store *s, const struct registry_request *req,
	const struct registry_path *path, struct registry_answer *a, struct error *err)
{
	struct registry_repository repo;
	int r = registry_repository_find(s, path->repository, req->ns, &repo, err);

	if (r == -ENOENT)
		return registry_answer_error(a, 404, "NAME_UNKNOWN", "no such repository", err);
	if (r < 0)
		return r;
	if (path->route == REGISTRY_ROUTE_MANIFEST)
		return manifest_answer(s, &repo, path->reference, a, err);
	if (path->route == REGISTRY_ROUTE_BLOB)
		return blob_answer(s, path->reference, a, err);
	return registry_tags(req, path, &repo, a, err);
}

static int request_answer(struct registry *r, const struct registry_request *req,
	struct registry_answer *a, struct error *err)
{
	struct registry_path path;

	if (strcmp(req->method, "GET") != 0 && strcmp(req->method, "HEAD") != 0)
		return registry_answer_error(
			a, 405, "UNSUPPORTED", "this registry is read-only", err);
	if (registry_path_parse(req->path, strlen(req->path), &path, err) < 0)
		return registry_answer_error(a, 404, "NAME_INVALID", "no such resource", err);
	switch (path.route) {
	case REGISTRY_ROUTE_ROOT:
		return registry_answer_json(a, 200, REGISTRY_JSON, json_object(), err);
	case REGISTRY_ROUTE_CATALOG:
		return registry_catalog(r->store, req, a, err);
	case REGISTRY_ROUTE_REFERRERS:
		return registry_referrers(r, req, &path, a, err);
	case REGISTRY_ROUTE_MANIFEST:
	case REGISTRY_ROUTE_BLOB:
	case REGISTRY_ROUTE_TAGS:
		break;
	}
	return repository_answer(r->store, req, &path, a, err);
}

int registry_answer(struct registry *r, const struct registry_request *req,
	struct registry_answer *ret, struct error *err)
{
	struct registry_answer a = { .fd = -1, .head = strcmp(req->method, "HEAD") == 0 };
	int res = request_answer(r, req, &a, err);

	if (res < 0 && res != -ENOMEM)
		res = registry_answer_error(&a, 500, "UNKNOWN", err->text, err);
	if (res < 0) {
		registry_answer_done(&a);
		return res;
	}
	*ret = a;
	return 0;
}

void registry_answer_done(struct registry_answer *a)
{
	if (a->fd >= 0)
		(void)close(a->fd); /* it was read only */
	a->fd = -1;
	buf_done(&a->body);
}

int registry_new(struct store *s, struct registry **ret, struct error *err)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (!r)
		return fail_memory(err);
	r->store = s;
	*ret = r;
	return 0;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	registry_referrers_done(&r->referrers);
	free(r);
}
