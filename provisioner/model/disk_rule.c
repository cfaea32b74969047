// SPDX-License-Identifier: Apache-2.0
/* Choosing a disk: every disk gets a verdict, the verdicts make the answer or the refusal. */
#include "provisioner/model/disk_rule.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

static const struct json_field fields[] = {
	{ "min_bytes", JSON_KIND_INTEGER, true, 0 },
	{ "max_bytes", JSON_KIND_INTEGER, false, 0 },
	{ "rotational", JSON_KIND_BOOL, false, 0 },
	{ "bus", JSON_KIND_STRINGS, true, 16 },
	{ "model", JSON_KIND_STRING, true, 128 },
	{ "serial", JSON_KIND_STRING, true, 128 },
	{ "wwn", JSON_KIND_STRING, true, 128 },
	{ "select", JSON_KIND_STRING, true, 16 },
	{ "allow_removable", JSON_KIND_BOOL, true, 0 },
	{ "overwrite", JSON_KIND_STRINGS, true, 64 },
	{ "resume", JSON_KIND_STRING, true, 256 },
	{ 0 },
};

int disk_rule_check(const json_t *rule, struct error *err)
{
	return json_fields(rule, "disk", fields, err);
}

const char *disk_identity(const json_t *disk)
{
	const char *wwn = json_str(disk, "wwn", "");
	const char *serial = json_str(disk, "serial", "");

	if (wwn[0])
		return wwn;
	return serial[0] ? serial : json_str(disk, "path", "");
}

static bool disk_is(const json_t *disk, const char *identity)
{
	return identity[0] && (strcmp(identity, json_str(disk, "wwn", "")) == 0 ||
				      strcmp(identity, json_str(disk, "serial", "")) == 0 ||
				      strcmp(identity, json_str(disk, "path", "")) == 0);
}

static bool is_resumed(const json_t *rule, const json_t *disk)
{
	return disk_is(disk, json_str(rule, "resume", ""));
}

bool disk_rule_names(const json_t *rule, const json_t *disk)
{
	const json_t *name;
	size_t i;

	if (is_resumed(rule, disk))
		return true;
	json_array_foreach (json_object_get(rule, "overwrite"), i, name) {
		if (disk_is(disk, json_string_value(name)))
			return true;
	}
	return false;
}

static bool bus_fits(const json_t *rule, const json_t *disk)
{
	const json_t *list = json_object_get(rule, "bus");
	const json_t *bus;
	size_t i;

	json_array_foreach (list, i, bus) {
		if (strcmp(json_string_value(bus), json_str(disk, "bus", "")) == 0)
			return true;
	}
	return json_array_size(list) == 0;
}

static bool glob_fits(const json_t *rule, const json_t *disk, const char *key)
{
	const char *glob = json_str(rule, key, "");

	return !glob[0] || fnmatch(glob, json_str(disk, key, ""), 0) == 0;
}

/* NULL where its size is within the rule's limits. */
static const char *size_unfit(const json_t *rule, const json_t *disk)
{
	int64_t size = json_int(disk, "size_bytes", 0), most = json_int(rule, "max_bytes", 0);

	if (size < json_int(rule, "min_bytes", 0))
		return "too small";
	return most > 0 && size > most ? "too large" : NULL;
}

/* NULL where the disk fits, else why it does not. */
static const char *unfit(const json_t *rule, const json_t *disk)
{
	const char *bus = json_str(disk, "bus", ""), *why = size_unfit(rule, disk);
	const json_t *rotational = json_object_get(rule, "rotational");

	if (!json_bool(rule, "allow_removable", false) &&
		(json_bool(disk, "removable", false) || strcmp(bus, "usb") == 0))
		return "removable";
	if (why)
		return why;
	if (!bus_fits(rule, disk))
		return "another bus";
	if (rotational && json_is_true(rotational) != json_bool(disk, "rotational", false))
		return json_is_true(rotational) ? "does not spin" : "spins";
	if (!glob_fits(rule, disk, "model"))
		return "another model";
	if (!glob_fits(rule, disk, "serial"))
		return "another serial";
	return glob_fits(rule, disk, "wwn") ? NULL : "another WWN";
}

static bool is_blank(const json_t *disk)
{
	return json_array_size(json_object_get(disk, "holds")) == 0;
}

/* True where `disk` is to be preferred to `best`, which stands before it. */
static bool better(const json_t *rule, const json_t *disk, const json_t *best)
{
	const char *select = json_str(rule, "select", "first");
	json_int_t size = json_int(disk, "size_bytes", 0), held = json_int(best, "size_bytes", 0);

	if (is_resumed(rule, disk))
		return true;
	if (is_resumed(rule, best))
		return false;
	if (strcmp(select, "smallest") == 0)
		return size < held;
	return strcmp(select, "largest") == 0 && size > held;
}

static void describe(struct buf *out, const json_t *disk, const char *why)
{
	char size[SIZE_TEXT_MAX];
	const char *serial = json_str(disk, "serial", "");

	buf_printf(out, "%s%s %s %.40s", out->len ? ", " : "", json_str(disk, "name", "?"),
		size_format((uint64_t)json_int(disk, "size_bytes", 0), size),
		json_str(disk, "model", ""));
	if (serial[0])
		buf_printf(out, " ..%s", strlen(serial) > 4 ? serial + strlen(serial) - 4 : serial);
	buf_printf(out, " (%s)", why);
}

static int refuse_data(const json_t *disk, struct error *err)
{
	const json_t *holds = json_object_get(disk, "holds");
	auto_buf what = { .max = 128 };
	const json_t *held;
	size_t i;

	json_array_foreach (holds, i, held) {
		buf_printf(&what, "%s%s", i ? ", " : "", json_string_value(held));
	}
	fail_code(err, EEXIST, "SW-3006", "%s %.40s holds data (%s). Nothing was written",
		json_str(disk, "name", "?"), disk_identity(disk), buf_str(&what));
	return fail_hint(err, "name it in the profile to overwrite it: disk.overwrite: [\"%.80s\"]",
		disk_identity(disk));
}

static int refuse_all(const json_t *rule, const json_t *disks, struct error *err)
{
	auto_buf seen = { .max = 600 }, most = { .max = 64 };
	char least[SIZE_TEXT_MAX], text[SIZE_TEXT_MAX];
	int64_t max_bytes = json_int(rule, "max_bytes", 0);
	const json_t *disk;
	size_t i;

	json_array_foreach (disks, i, disk) {
		describe(&seen, disk, unfit(rule, disk));
	}
	if (max_bytes > 0)
		buf_printf(&most, ", at most %s", size_format((uint64_t)max_bytes, text));
	fail_code(err, ENOENT, "SW-3005",
		"no disk fits (%s or more%s). Seen: %s. Nothing was written",
		size_format((uint64_t)json_int(rule, "min_bytes", 0), least), buf_str(&most),
		json_array_size(disks) ? buf_str(&seen) : "no disk at all");
	return fail_hint(err, "widen 'disk' in the profile, or give the machine such a disk");
}

int disk_rule_pick(const json_t *rule, const json_t *disks, const json_t **ret, struct error *err)
{
	const json_t *best = NULL, *data = NULL, *disk;
	size_t i;

	json_array_foreach (disks, i, disk) {
		if (unfit(rule, disk))
			continue;
		if (!is_blank(disk) && !disk_rule_names(rule, disk))
			data = data ? data : disk;
		else if (!best || better(rule, disk, best))
			best = disk;
	}
	if (best) {
		*ret = best;
		return 0;
	}
	return data ? refuse_data(data, err) : refuse_all(rule, disks, err);
}
