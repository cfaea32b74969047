// SPDX-License-Identifier: Apache-2.0
/* From profile and store to a plan in the state database. */
#include "provisioner/daemon/planning.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/disk_rule.h"

#define ARCHITECTURE "amd64"

/* "os/debian-12-node:1" is served as repository "os/debian-12-node", and called "debian-12-node".
 */
static void name_parts(const char *entry, struct planning_image *image)
{
	const char *slash = strrchr(entry, '/');
	const char *colon = strrchr(slash ? slash : entry, ':');
	size_t n = colon ? (size_t)(colon - entry) : strlen(entry);

	snprintf(image->repository, sizeof(image->repository), "%.*s", (int)n, entry);
	slash = strrchr(image->repository, '/');
	snprintf(image->name, sizeof(image->name), "%s", slash ? slash + 1 : image->repository);
}

static const struct store_entry *find_entry(struct appliance *a, const char *name)
{
	const struct store_entry *entry = store_find(a->store, name);
	char full[STORE_NAME_MAX];

	if (entry || (size_t)snprintf(full, sizeof(full), "os/%s", name) >= sizeof(full))
		return entry;
	return store_find(a->store, full);
}

/* An image of several architectures is an index; a plan names the manifest in it. */
static int pick_manifest(struct appliance *a, const struct oci_descriptor *top, struct digest *ret,
	struct error *err)
{
	auto_document document = { 0 };
	const struct oci_descriptor *manifest;
	int r = store_read_document(a->store, &top->digest, &document, err);

	if (r < 0)
		return r;
	*ret = top->digest;
	if (document.kind == OCI_KIND_MANIFEST)
		return 0;
	manifest = oci_index_find(&document, ARCHITECTURE);
	if (!manifest)
		return fail_code(err, ENOENT, "SW-6002", "it is not for " ARCHITECTURE);
	*ret = manifest->digest;
	return 0;
}

static uint64_t least_disk(const struct oci_descriptor *descriptor)
{
	const char *text = oci_annotation(descriptor->json, OCI_NOTE_MIN_DISK);

	return text ? strtoull(text, NULL, 10) : 0; /* what is no number asks for nothing */
}

int planning_find_image(
	struct appliance *a, const char *name, struct planning_image *ret, struct error *err)
{
	const struct store_entry *entry = find_entry(a, name);
	struct planning_image image = { 0 };
	struct digest manifest;

	if (!entry) {
		fail_code(err, ENOENT, "SW-6002", "the store has no image '%.200s'", name);
		return fail_hint(
			err, "slipway image list shows those it has; slipway bundle import FILE");
	}
	if (strcmp(entry->kind, "rootfs") != 0 && strcmp(entry->kind, "disk") != 0)
		return fail_code(err, EINVAL, "SW-6002",
			"'%.200s' is no OS image that a machine could be installed from (it is a %s)",
			name, entry->kind[0] ? entry->kind : "container");
	name_parts(entry->name, &image);
	snprintf(image.kind, sizeof(image.kind), "%s", entry->kind);
	image.size_bytes = least_disk(&entry->descriptor);
	if (pick_manifest(a, &entry->descriptor, &manifest, err) < 0)
		return fail_in(err, "the image '%.200s'", name);
	digest_format(&manifest, image.manifest);
	*ret = image;
	return 0;
}

int planning_make(struct appliance *a, struct member *x, struct error *err)
{
	auto_json json_t *profile = NULL;
	auto_json json_t *plan = NULL;
	auto_free char *text = NULL;
	struct planning_image found;
	struct plan_image image;
	int r = state_get_profile(a->state, x->m.profile, &profile, err);

	if (r == 0)
		r = planning_find_image(a, json_str(profile, "image", ""), &found, err);
	if (r < 0)
		return r;
	image = (struct plan_image){ .name = found.name,
		.repository = found.repository,
		.manifest = found.manifest,
		.kind = found.kind,
		.size_bytes = found.size_bytes };
	x->m.plan_seq++;
	r = plan_make(&x->m, profile, &image, &plan, err);
	if (r == 0)
		r = json_write(plan, &text, err);
	return r == 0 ? state_put_plan(a->state, x->m.id, text, err) : r;
}

int planning_try_disk(
	struct appliance *a, struct member *x, const json_t *profile, struct error *err)
{
	auto_json json_t *inventory = NULL;
	auto_json json_t *plan = NULL;
	struct planning_image found;
	struct plan_image image;
	const json_t *disk;
	int r = state_get_inventory(a->state, x->m.id, &inventory, err);

	if (r == 0)
		r = planning_find_image(a, json_str(profile, "image", ""), &found, err);
	if (r < 0)
		return r;
	image = (struct plan_image){ .name = found.name,
		.repository = found.repository,
		.manifest = found.manifest,
		.kind = found.kind,
		.size_bytes = found.size_bytes };
	r = plan_make(&x->m, profile, &image, &plan, err);
	if (r < 0)
		return r;
	return disk_rule_pick(
		json_object_get(plan, "disk"), json_object_get(inventory, "disks"), &disk, err);
}
