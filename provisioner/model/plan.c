// SPDX-License-Identifier: Apache-2.0
/* Plans: made from a profile, checked where they arrive. */
#include "provisioner/model/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/encode.h"
#include "base/json.h"
#include "provisioner/model/disk_rule.h"
#include "provisioner/model/layout.h"

static int add_file(json_t *files, const char *path, json_int_t mode, const char *content, size_t n,
	struct error *err)
{
	auto_free char *text = malloc(BASE64_SIZE(n));

	if (!text)
		return fail_memory(err);
	base64_format((const uint8_t *)content, n, text);
	json_array_append_new(files, json_pack("{s:s, s:I, s:i, s:i, s:s}", "path", path, "mode",
					     mode, "uid", 0, "gid", 0, "content_base64", text));
	return 0;
}

static int add_identity(json_t *files, const char *hostname, struct error *err)
{
	auto_buf name = { 0 }, hosts = { 0 };
	int r;

	buf_printf(&name, "%s\n", hostname);
	buf_printf(&hosts, "127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n",
		hostname);
	r = add_file(files, "/etc/hostname", 0644, buf_str(&name), name.len, err);
	return r == 0 ? add_file(files, "/etc/hosts", 0644, buf_str(&hosts), hosts.len, err) : r;
}

static int make_files(const char *hostname, const json_t *profile, json_t *files, struct error *err)
{
	const json_t *file;
	size_t i;
	int r = add_identity(files, hostname, err);

	json_array_foreach (json_object_get(profile, "files"), i, file) {
		const json_t *content = json_object_get(file, "content");

		if (r == 0)
			r = add_file(files, json_str(file, "path", ""),
				json_int(file, "mode", 0644), json_string_value(content),
				json_string_length(content), err);
	}
	return r;
}

#define BOOT_BYTES (INT64_C(304) << 20) /* what a disk holds beside its volumes */

/* The profile's rule with what image and layout need and our own unfinished write added. */
static json_t *make_disk(const struct machine *m, const json_t *profile, uint64_t image_bytes)
{
	json_t *disk = json_deep_copy(json_object_get(profile, "disk"));
	json_int_t min_bytes = json_int(disk, "min_size", 0);
	json_int_t layout_bytes =
		(json_int_t)layout_least_bytes(json_object_get(profile, "layout"));

	if (layout_bytes > 0 && min_bytes < layout_bytes + BOOT_BYTES)
		min_bytes = layout_bytes + BOOT_BYTES;
	if (min_bytes < (json_int_t)image_bytes)
		min_bytes = (json_int_t)image_bytes;
	json_object_set_new(disk, "min_bytes", json_integer(min_bytes));
	json_object_set_new(disk, "max_bytes", json_integer(json_int(disk, "max_size", 0)));
	json_object_del(disk, "min_size");
	json_object_del(disk, "max_size");
	json_object_set_new(disk, "resume", json_string(m->installed ? "" : m->disk));
	return disk;
}

static json_t *make_csr(const struct machine *m, const json_t *profile)
{
	char common_name[MACHINE_NAME_MAX + 16];

	if (!json_str(profile, "cluster", "")[0])
		return json_null();
	snprintf(common_name, sizeof(common_name), "system:node:%s", m->name);
	return json_pack("{s:s, s:s}", "common_name", common_name, "organization", "system:nodes");
}

/* The image's arguments, then the profile's: of two for one thing the kernel takes the later. */
static json_t *make_kernel_args(const json_t *of_image, const json_t *profile)
{
	json_t *args = json_array();

	json_array_extend(args, (json_t *)(uintptr_t)of_image);
	json_array_extend(args, json_object_get(profile, "kernel_args"));
	return args;
}

/* What a profile asks for that a whole disk image cannot be given. */
static int check_disk_image(const char *image, const json_t *profile, struct error *err)
{
	const char *key = NULL;

	if (!layout_is_plain(json_object_get(profile, "layout")))
		key = "layout";
	else if (json_array_size(json_object_get(profile, "kernel_args")) > 0)
		key = "kernel_args";
	if (!key)
		return 0;
	(void)fail_code(err, EINVAL, "SW-6016",
		"the image '%s' is a whole disk with partitions and a boot loader of its own, and takes "
		"no '%s'",
		image, key);
	return fail_hint(err, "take '%s' out of the profile, or name a rootfs image in it", key);
}

int plan_make(const struct machine *m, const json_t *profile, const struct plan_image *image,
	json_t **ret, struct error *err)
{
	auto_json json_t *files = json_array();
	auto_json json_t *plan = NULL;
	char id[MACHINE_ID_MAX + 24];
	int r = make_files(m->name, profile, files, err);

	if (r < 0)
		return r;
	if (strcmp(image->kind, "disk") == 0 &&
		(r = check_disk_image(image->name, profile, err)) < 0)
		return r;
	snprintf(id, sizeof(id), "%s-%lld", m->id, (long long)m->plan_seq);
	plan = json_pack(
		"{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:I}, s:o, s:o, s:s, s:O, s:o, s:O*}", "id",
		id, "machine", m->id, "hostname", m->name, "image", "name", image->name,
		"repository", image->repository, "manifest", image->manifest, "kind", image->kind,
		"size_bytes", (json_int_t)image->size_bytes, "disk",
		make_disk(m, profile, image->size_bytes), "kernel_args",
		make_kernel_args(image->kernel_args, profile), "boot",
		json_str(profile, "boot", "auto"), "files", files, "csr", make_csr(m, profile),
		"layout", json_object_get(profile, "layout"));
	if (!plan)
		return fail_memory(err);
	*ret = take_ptr(&plan);
	return 0;
}

static const struct json_field plan_fields[] = {
	{ "id", JSON_KIND_STRING, true, 64 },
	{ "machine", JSON_KIND_STRING, true, 64 },
	{ "hostname", JSON_KIND_STRING, true, 63 },
	{ "image", JSON_KIND_OBJECT, true, 0 },
	{ "disk", JSON_KIND_OBJECT, true, 0 },
	{ "layout", JSON_KIND_OBJECT, false, 0 }, /* absent: one file system over the disk */
	{ "kernel_args", JSON_KIND_STRINGS, true, 64 },
	{ "boot", JSON_KIND_STRING, true, 16 },
	{ "files", JSON_KIND_ARRAY, true, 256 },
	{ "csr", JSON_KIND_ANY, true, 0 },
	{ 0 },
};

static const struct json_field image_fields[] = {
	{ "name", JSON_KIND_STRING, true, 255 },
	{ "repository", JSON_KIND_STRING, true, 255 },
	{ "manifest", JSON_KIND_STRING, true, 71 },
	{ "kind", JSON_KIND_STRING, true, 16 },
	{ "size_bytes", JSON_KIND_INTEGER, true, 0 },
	{ 0 },
};

static const struct json_field csr_fields[] = {
	{ "common_name", JSON_KIND_STRING, true, 128 },
	{ "organization", JSON_KIND_STRING, true, 128 },
	{ 0 },
};

static const struct json_field file_fields[] = {
	{ "path", JSON_KIND_STRING, true, 1024 },
	{ "mode", JSON_KIND_INTEGER, true, 07777 },
	{ "uid", JSON_KIND_INTEGER, true, UINT32_MAX },
	{ "gid", JSON_KIND_INTEGER, true, UINT32_MAX },
	{ "content_base64", JSON_KIND_STRING, true, 256 << 10 },
	{ "agent_key", JSON_KIND_STRING, false, 32 },
	{ "link", JSON_KIND_STRING, false, 1024 },
	{ 0 },
};

int plan_check_files(const json_t *files, struct error *err)
{
	const json_t *file;
	size_t i;

	if (!json_is_array(files))
		return fail_code(err, EINVAL, NULL, "files: a list is wanted");
	json_array_foreach (files, i, file) {
		int r = json_fields(file, "files", file_fields, err);

		if (r < 0)
			return r;
		if (json_str(file, "path", "")[0] != '/')
			return fail_code(err, EINVAL, NULL, "files: a path is not absolute");
	}
	return 0;
}

int plan_check(const json_t *plan, struct error *err)
{
	const json_t *csr = json_object_get(plan, "csr");
	const json_t *layout = json_object_get(plan, "layout");
	int r = json_fields(plan, "plan", plan_fields, err);

	if (r == 0)
		r = json_fields(json_object_get(plan, "image"), "image", image_fields, err);
	if (r == 0)
		r = disk_rule_check(json_object_get(plan, "disk"), err);
	if (r == 0 && layout)
		r = layout_check(layout, err);
	if (r == 0 && !json_is_null(csr))
		r = json_fields(csr, "csr", csr_fields, err);
	return r == 0 ? plan_check_files(json_object_get(plan, "files"), err) : r;
}
