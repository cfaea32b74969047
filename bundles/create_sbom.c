// SPDX-License-Identifier: Apache-2.0
/* The SBOM of an OS image, as an artifact that refers to it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/blob_put.h"
#include "bundles/create_image.h"
#include "bundles/reference.h"
#include "bundles/sbom.h"

/* An artifact with the document as its one layer (image-spec, manifest.md, "Guidelines for Artifact
 * Usage"), whose subject is the image. */
static json_t *artifact_new(const json_t *subject, const struct digest *empty,
	const struct digest *document, uint64_t size)
{
	return json_pack("{s:i, s:s, s:s, s:o, s:[o], s:O}", "schemaVersion", 2, "mediaType",
		OCI_TYPE_MANIFEST, "artifactType", OCI_TYPE_SPDX, "config",
		oci_descriptor_json(OCI_TYPE_EMPTY, empty, 2), "layers",
		oci_descriptor_json(OCI_TYPE_SPDX, document, size), "subject", subject);
}

int create_sbom(struct create_job *job, const char *image, const struct oci_descriptor *subject,
	const struct tree *tree, struct error *err)
{
	auto_json json_t *document = NULL;
	auto_json json_t *artifact = NULL;
	auto_json json_t *descriptor =
		oci_descriptor_json(subject->media_type, &subject->digest, subject->size);
	char name[REFERENCE_MAX];
	struct digest empty;
	struct digest digest;
	uint64_t size;
	int r = sbom_make(tree, image, &subject->digest, job->newest, &document, err);

	if (r < 0 || !document)
		return r < 0 ? fail_in(err, "its SBOM") : 0;
	r = blob_put_json(job->store, document, &digest, &size, err);
	if (r == 0)
		r = store_put(job->store, "{}", 2, &empty, err);
	if (r < 0)
		return r;
	artifact = artifact_new(descriptor, &empty, &digest, size);
	r = blob_put_json(job->store, artifact, &digest, &size, err);
	if (r < 0)
		return r;
	sbom_name(image, &subject->digest, name);
	return create_entry(
		job, name, SBOM_KIND, OCI_TYPE_MANIFEST, &digest, size, json_object(), err);
}

static int layer_scan(
	struct store *s, const struct oci_descriptor *layer, struct tree *ret, struct error *err)
{
	auto_close int fd = -1;
	char path[48];
	uint64_t size;
	int r = store_open_blob(s, &layer->digest, &fd, &size, err);

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return r < 0 ? r : tree_scan(path, ret, err);
}

/* What an upper layer has takes the place of a lower one's. */
int create_layers_sbom(struct create_job *job, const char *image,
	const struct oci_descriptor *subject, struct error *err)
{
	auto_document doc = { 0 };
	struct tree whole = { .texts = json_object() };
	int r = store_read_document(job->store, &subject->digest, &doc, err);

	for (size_t i = 0; r == 0 && doc.kind == OCI_KIND_MANIFEST && i < doc.count; i++) {
		auto_tree layer = { 0 };

		r = layer_scan(job->store, &doc.items[i], &layer, err);
		if (r == 0 && json_object_update(whole.texts, layer.texts) < 0)
			r = fail_memory(err);
	}
	if (r == 0)
		r = create_sbom(job, image, subject, &whole, err);
	json_decref(whole.texts);
	return r;
}
