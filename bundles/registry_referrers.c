// SPDX-License-Identifier: Apache-2.0
/*
 * Who refers to a manifest: the named manifests of the store whose `subject` it is. They are looked
 * for once for every state of the index, not for every request.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/registry_impl.h"

void registry_referrers_done(struct registry_referrers *r)
{
	for (size_t i = 0; i < r->count; i++)
		json_decref(r->list[i].descriptor);
	free(r->list);
	*r = (struct registry_referrers){ 0 };
}

/* As the specification words it: the artifact's type is the config's where none is said. */
static json_t *referrer_json(const struct store_entry *e, const struct oci_document *doc)
{
	json_t *json =
		oci_descriptor_json(doc->media_type, &e->descriptor.digest, e->descriptor.size);
	const char *type = doc->artifact_type;
	json_t *notes = json_object_get(doc->json, "annotations");

	if (!type[0] && doc->kind == OCI_KIND_MANIFEST)
		type = doc->config.media_type;
	if (json && type[0])
		(void)json_object_set_new(json, "artifactType", json_string(type));
	if (json && json_is_object(notes))
		(void)json_object_set(json, "annotations", notes);
	return json;
}

/* Damaged manifests refer to nothing here; `slipway store fsck` names them. */
static int referrer_add(struct registry *r, const struct store_entry *e, struct error *err)
{
	struct registry_referrers *all = &r->referrers;
	struct registry_referrer *item = &all->list[all->count];
	auto_document doc = { 0 };
	struct error ignored = { 0 };
	struct oci_descriptor subject;

	if (!oci_type_is_document(e->descriptor.media_type) ||
		store_read_document(r->store, &e->descriptor.digest, &doc, &ignored) < 0 ||
		!json_object_get(doc.json, "subject") ||
		oci_descriptor_parse(json_object_get(doc.json, "subject"), &subject, &ignored) < 0)
		return 0;
	item->subject = subject.digest;
	item->descriptor = referrer_json(e, &doc);
	if (!item->descriptor)
		return fail_memory(err);
	all->count++;
	return 0;
}

static int referrers_refresh(struct registry *r, struct error *err)
{
	const struct store_entry *e;
	size_t count;
	int res = store_list(r->store, &e, &count, err);
	uint64_t generation = store_generation(r->store);

	if (res < 0 || r->referrers.generation == generation)
		return res;
	registry_referrers_done(&r->referrers);
	r->referrers.list = calloc(count + 1, sizeof(*r->referrers.list));
	if (!r->referrers.list)
		return fail_memory(err);
	for (size_t i = 0; res == 0 && i < count; i++)
		res = referrer_add(r, &e[i], err);
	if (res < 0)
		registry_referrers_done(&r->referrers);
	else
		r->referrers.generation = generation;
	return res;
}

static bool is_wanted(
	const struct registry_referrer *item, const struct digest *subject, const char *type)
{
	return digest_equal(&item->subject, subject) &&
	       (!type || strcmp(json_str(item->descriptor, "artifactType", ""), type) == 0);
}

int registry_referrers(struct registry *r, const struct registry_request *req,
	const struct registry_path *path, struct registry_answer *a, struct error *err)
{
	json_t *found;
	struct digest subject;
	int res;

	if (digest_parse(path->reference, &subject, err) < 0)
		return registry_answer_error(
			a, 400, "DIGEST_INVALID", "the digest is not one of SHA-256", err);
	res = referrers_refresh(r, err);
	if (res < 0)
		return res;
	found = json_array();
	for (size_t i = 0; i < r->referrers.count; i++) {
		struct registry_referrer *item = &r->referrers.list[i];
		bool twice = false; /* under a second name */

		if (!is_wanted(item, &subject, req->artifact_type))
			continue;
		for (size_t j = 0; j < json_array_size(found); j++)
			twice = twice || json_equal(json_array_get(found, j), item->descriptor);
		if (!twice && json_array_size(found) < OCI_ITEMS_MAX)
			(void)json_array_append(found, item->descriptor);
	}
	a->filtered = req->artifact_type != NULL;
	return registry_answer_json(a, 200, OCI_TYPE_INDEX,
		json_pack("{s:i, s:s, s:o}", "schemaVersion", 2, "mediaType", OCI_TYPE_INDEX,
			"manifests", found),
		err);
}
