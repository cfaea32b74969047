// SPDX-License-Identifier: Apache-2.0
/* The layout of a disk: checked and filled in. */
#include "provisioner/model/layout.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/profile_parts.h"

#define MOUNT_MAX  128
#define SIZE_LEAST (INT64_C(512) << 20)
#define ROOT_LEAST (INT64_C(1) << 30)
#define SIZE_MOST  (INT64_C(1) << 50)

#define refuse(err, ...) fail_code(err, EINVAL, "SW-6001", __VA_ARGS__)

static const struct json_field layout_fields[] = {
	{ "root", JSON_KIND_OBJECT, false, 0 },
	{ "partitions", JSON_KIND_ARRAY, false, LAYOUT_PARTITIONS_MAX },
	{ 0 },
};

static const struct json_field root_fields[] = {
	{ "size", JSON_KIND_ANY, false, 0 },
	{ "filesystem", JSON_KIND_STRING, false, 8 },
	{ 0 },
};

static const struct json_field partition_fields[] = {
	{ "mount", JSON_KIND_STRING, true, MOUNT_MAX },
	{ "size", JSON_KIND_ANY, false, 0 },
	{ "filesystem", JSON_KIND_STRING, false, 8 },
	{ 0 },
};

/* What is needed before fstab is read, what the kernel mounts itself, and where the ESP goes. */
static const char *const reserved[] = { "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64",
	"/proc", "/run", "/sbin", "/sys", "/usr", NULL };

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* It goes into fstab, into paths and into partition names: plain words between single slashes. */
static int mount_check(const char *mount, struct error *err)
{
	if (!path_valid(mount) || mount[strspn(mount, "abcdefghijklmnopqrstuvwxyz"
						      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")])
		return refuse(err,
			"layout.partitions.mount: '%s' is no plain absolute path like \"/var\"",
			mount);
	for (const char *const *r = reserved; *r; r++)
		if (is_below(mount, *r))
			return refuse(err,
				"layout.partitions.mount: '%s' must be on the root: it is needed "
				"before anything is mounted",
				mount);
	return 0;
}

static int volume_read(const json_t *volume, const char *name, int64_t least, bool is_last,
	json_t *out, struct error *err)
{
	static const char *const known[] = { "ext4", "xfs", NULL };
	const char *filesystem = json_str(volume, "filesystem", "ext4");
	uint64_t size = 0;
	int r = profile_size(json_object_get(volume, "size"), "layout: size", &size, err);

	if (r < 0)
		return fail_in(err, "'%s'", name);
	if (!text_one_of(filesystem, known))
		return refuse(err, "layout: the file system '%s' of '%s' is none of ext4, xfs",
			filesystem, name);
	if (size == 0 && !is_last)
		return refuse(err,
			"layout: '%s' wants a size; only the last of all grows to the disk's end",
			name);
	if (size > 0 && ((int64_t)size < least || (int64_t)size > SIZE_MOST))
		return refuse(err, "layout: the size of '%s' is not between %lldM and 1024T", name,
			(long long)(least >> 20));
	(void)json_object_set_new(out, "size", json_integer((json_int_t)size));
	(void)json_object_set_new(out, "filesystem", json_string(filesystem));
	return 0;
}

/* A volume lies below nothing that is mounted after it, and no two are mounted at one place. */
static int order_check(const json_t *list, const char *mount, struct error *err)
{
	const json_t *earlier;
	size_t i;

	json_array_foreach (list, i, earlier) {
		const char *other = json_str(earlier, "mount", "");

		if (strcmp(other, mount) == 0)
			return refuse(err, "layout.partitions: '%s' is there twice", mount);
		if (is_below(other, mount))
			return refuse(err,
				"layout.partitions: '%s' must stand before '%s', which is below it",
				mount, other);
	}
	return 0;
}

static int partition_add(const json_t *partition, bool is_last, json_t *list, struct error *err)
{
	auto_json json_t *out = json_object();
	const char *mount;
	int r = json_fields(partition, "layout.partitions", partition_fields, err);

	if (r < 0)
		return r;
	mount = json_str(partition, "mount", "");
	if ((r = mount_check(mount, err)) < 0 || (r = order_check(list, mount, err)) < 0 ||
		(r = volume_read(partition, mount, SIZE_LEAST, is_last, out, err)) < 0)
		return r;
	(void)json_object_set_new(out, "mount", json_string(mount));
	return json_array_append_new(list, take_ptr(&out)) < 0 ? fail_memory(err) : 0;
}

static int partitions_read(const json_t *layout, json_t *list, struct error *err)
{
	const json_t *partitions = json_object_get(layout, "partitions"), *partition;
	size_t i;
	int r = 0;

	json_array_foreach (partitions, i, partition) {
		r = partition_add(partition, i + 1 == json_array_size(partitions), list, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int layout_parse(const json_t *layout, json_t *out, struct error *err)
{
	const json_t *root = json_object_get(layout, "root");
	bool is_alone = json_array_size(json_object_get(layout, "partitions")) == 0;
	json_t *made = json_object(), *made_root = json_object(), *list = json_array();
	int r;

	(void)json_object_set_new(made, "root", made_root);
	(void)json_object_set_new(made, "partitions", list);
	if (json_object_set_new(out, "layout", made) < 0)
		return fail_memory(err);
	if ((layout && (r = json_fields(layout, "layout", layout_fields, err)) < 0) ||
		(root && (r = json_fields(root, "layout.root", root_fields, err)) < 0) ||
		(r = volume_read(root, "/", ROOT_LEAST, is_alone, made_root, err)) < 0)
		return r;
	return partitions_read(layout, list, err);
}

/* A plan's is filled in already. */
int layout_check(const json_t *layout, struct error *err)
{
	auto_json json_t *out = json_object();
	int r = layout_parse(layout, out, err);

	if (r == 0 && !json_equal(layout, json_object_get(out, "layout")))
		r = refuse(err, "layout: is not filled in");
	return r;
}

uint64_t layout_least_bytes(const json_t *layout)
{
	const json_t *list = json_object_get(layout, "partitions"), *partition;
	int64_t sum = json_int(json_object_get(layout, "root"), "size", 0);
	size_t i;

	json_array_foreach (list, i, partition) {
		int64_t size = json_int(partition, "size", 0);

		sum += size > 0 ? size : SIZE_LEAST;
	}
	return (uint64_t)sum;
}

bool layout_is_plain(const json_t *layout)
{
	auto_json json_t *out = json_object();
	struct error ignored;

	return !layout || (layout_parse(NULL, out, &ignored) == 0 &&
				  json_equal(layout, json_object_get(out, "layout")));
}
