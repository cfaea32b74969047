// SPDX-License-Identifier: Apache-2.0
/* From profile and store to a plan in the state database. */
#include "provisioner/daemon/planning.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/os_image.h"
#include "provisioner/model/disk_rule.h"

#define ARCHITECTURE "amd64"

/* A profile may leave the "os/" away that OS images are kept under. */
static int load(struct appliance *a, const char *name, struct os_image *ret, struct error *err)
{
	char full[STORE_NAME_MAX];

	if (!store_find(a->store, name) &&
		(size_t)snprintf(full, sizeof(full), "os/%s", name) < sizeof(full) &&
		store_find(a->store, full))
		return os_image_load(a->store, full, ret, err);
	return os_image_load(a->store, name, ret, err);
}

static int refuse_other(struct appliance *a, const char *name, struct error *err)
{
	const struct store_entry *entry = store_find(a->store, name);

	if (entry && !os_image_is(entry))
		return fail_code(err, EINVAL, "SW-6002",
			"'%.200s' is no OS image that a machine could be installed from (it is a %s)",
			name, entry->kind[0] ? entry->kind : "container");
	fail_code(err, ENOENT, "SW-6002", "the store has no image '%.200s'", name);
	return fail_hint(err, "slipway image list shows those it has; slipway bundle import FILE");
}

int planning_find_image(
	struct appliance *a, const char *name, struct os_image *ret, struct error *err)
{
	auto_os_image image = { 0 };
	int r = load(a, name, &image, err);

	if (r == -ENOENT)
		return refuse_other(a, name, err);
	if (r < 0)
		return r;
	if (image.architecture[0] && strcmp(image.architecture, ARCHITECTURE) != 0)
		return fail_code(err, EINVAL, "SW-6002",
			"the image '%.200s' is for %s, and machines here are " ARCHITECTURE, name,
			image.architecture);
	*ret = image;
	image = (struct os_image){ 0 };
	return 0;
}

/* "os/debian-12-node:1" is called "debian-12-node" where people read it. */
static const char *short_name(const struct os_image *image)
{
	const char *slash = strrchr(image->repository, '/');

	return slash ? slash + 1 : image->repository;
}

/* The machine's plan as profile and store would have it now. */
static int make(struct appliance *a, const struct machine *m, const json_t *profile, json_t **ret,
	struct error *err)
{
	auto_os_image found = { 0 };
	char manifest[DIGEST_TEXT_MAX];
	struct plan_image image;
	int r = planning_find_image(a, json_str(profile, "image", ""), &found, err);

	if (r < 0)
		return r;
	image = (struct plan_image){ .name = short_name(&found),
		.repository = found.repository,
		.manifest = digest_format(&found.manifest, manifest),
		.kind = found.kind,
		.size_bytes = found.min_disk_bytes,
		.kernel_args = found.kernel_args };
	return plan_make(m, profile, &image, ret, err);
}

int planning_make(struct appliance *a, struct member *x, struct error *err)
{
	auto_json json_t *profile = NULL;
	auto_json json_t *plan = NULL;
	auto_free char *text = NULL;
	int r = state_get_profile(a->state, x->m.profile, &profile, err);

	if (r < 0)
		return r;
	x->m.plan_seq++;
	r = make(a, &x->m, profile, &plan, err);
	if (r == 0)
		r = json_write(plan, &text, err);
	return r == 0 ? state_put_plan(a->state, x->m.id, text, err) : r;
}

int planning_try_disk(
	struct appliance *a, struct member *x, const json_t *profile, struct error *err)
{
	auto_json json_t *inventory = NULL;
	auto_json json_t *plan = NULL;
	const json_t *disk;
	int r = state_get_inventory(a->state, x->m.id, &inventory, err);

	if (r == 0)
		r = make(a, &x->m, profile, &plan, err);
	if (r < 0)
		return r;
	return disk_rule_pick(
		json_object_get(plan, "disk"), json_object_get(inventory, "disks"), &disk, err);
}
