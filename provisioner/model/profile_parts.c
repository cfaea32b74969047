// SPDX-License-Identifier: Apache-2.0
/* The parts of a profile: each checked, filled in and put into the result. */
#include "provisioner/model/profile_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "provisioner/model/mac.h"

#define FILE_CONTENT_MAX (128 << 10)
#define LABELS_MAX       64
#define LABEL_KEY_MAX    317 /* a DNS subdomain, '/', and a name */
#define LABEL_VALUE_MAX  63

#define refuse(err, ...) fail_code(err, EINVAL, "SW-6001", __VA_ARGS__)

static const struct json_field disk_fields[] = {
	{ "min_size", JSON_KIND_ANY, false, 0 },
	{ "max_size", JSON_KIND_ANY, false, 0 },
	{ "rotational", JSON_KIND_BOOL, false, 0 },
	{ "bus", JSON_KIND_STRINGS, false, 16 },
	{ "model", JSON_KIND_STRING, false, 128 },
	{ "serial", JSON_KIND_STRING, false, 128 },
	{ "wwn", JSON_KIND_STRING, false, 128 },
	{ "select", JSON_KIND_STRING, false, 16 },
	{ "allow_removable", JSON_KIND_BOOL, false, 0 },
	{ "overwrite", JSON_KIND_STRINGS, false, 64 },
	{ 0 },
};

static const struct json_field match_fields[] = {
	{ "vendor", JSON_KIND_STRING, false, 128 },
	{ "product", JSON_KIND_STRING, false, 128 },
	{ "serial", JSON_KIND_STRING, false, 128 },
	{ "macs", JSON_KIND_STRINGS, false, 1000 },
	{ 0 },
};

static const struct json_field file_fields[] = {
	{ "path", JSON_KIND_STRING, true, 1024 },
	{ "mode", JSON_KIND_ANY, false, 0 },
	{ "content", JSON_KIND_STRING, true, FILE_CONTENT_MAX },
	{ 0 },
};

bool text_one_of(const char *text, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(text, *list) == 0)
			return true;
	}
	return false;
}

int profile_size(const json_t *value, const char *what, uint64_t *ret, struct error *err)
{
	*ret = 0;
	if (!value)
		return 0;
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*ret = (uint64_t)json_integer_value(value);
		return 0;
	}
	if (!json_is_string(value))
		return refuse(err, "%s: a size like \"20G\" is wanted", what);
	if (size_parse(json_string_value(value), ret, err) < 0 || *ret > INT64_MAX)
		return refuse(err, "%s: '%s' is no size; write it like \"20G\"", what,
			json_string_value(value));
	return 0;
}

static json_t *strings_or_empty(const json_t *obj, const char *key)
{
	json_t *value = json_object_get(obj, key);

	return value ? json_deep_copy(value) : json_array();
}

static int parse_bus(const json_t *disk, struct error *err)
{
	static const char *const known[] = { "nvme", "sata", "sas", "scsi", "virtio", "usb", "mmc",
		"other", NULL };
	const json_t *bus;
	size_t i;

	json_array_foreach (json_object_get(disk, "bus"), i, bus) {
		if (!text_one_of(json_string_value(bus), known))
			return refuse(err,
				"disk.bus: '%s' is none of nvme, sata, sas, scsi, virtio, "
				"usb, mmc, other",
				json_string_value(bus));
	}
	return 0;
}

static int parse_sizes(const json_t *disk, uint64_t *ret_min, uint64_t *ret_max, struct error *err)
{
	int r = profile_size(json_object_get(disk, "min_size"), "disk.min_size", ret_min, err);

	if (r == 0)
		r = profile_size(json_object_get(disk, "max_size"), "disk.max_size", ret_max, err);
	if (r == 0 && *ret_max && *ret_max < *ret_min)
		r = refuse(err, "disk.max_size: is less than disk.min_size, so no disk can fit");
	return r;
}

int profile_disk(const json_t *disk, json_t *out, struct error *err)
{
	static const char *const selects[] = { "first", "smallest", "largest", NULL };
	const char *select = json_str(disk, "select", "first");
	const json_t *rotational = json_object_get(disk, "rotational");
	uint64_t min_bytes = 0, max_bytes = 0;
	int r = disk ? json_fields(disk, "disk", disk_fields, err) : 0;

	if (r == 0)
		r = parse_sizes(disk, &min_bytes, &max_bytes, err);
	if (r == 0)
		r = parse_bus(disk, err);
	if (r < 0)
		return r;
	if (!text_one_of(select, selects))
		return refuse(err, "disk.select: '%s' is none of first, smallest, largest", select);
	json_object_set_new(out, "disk",
		json_pack("{s:I, s:I, s:o, s:s, s:s, s:s, s:s, s:b, s:o, s:O*}", "min_size",
			(json_int_t)min_bytes, "max_size", (json_int_t)max_bytes, "bus",
			strings_or_empty(disk, "bus"), "model", json_str(disk, "model", ""),
			"serial", json_str(disk, "serial", ""), "wwn", json_str(disk, "wwn", ""),
			"select", select, "allow_removable",
			json_bool(disk, "allow_removable", false), "overwrite",
			strings_or_empty(disk, "overwrite"), "rotational", rotational));
	return 0;
}

/* An octal string ("0644") as people write modes, or the number itself. */
static int parse_mode(const json_t *mode, json_int_t *ret, struct error *err)
{
	const char *text = json_string_value(mode);
	json_int_t value = json_integer_value(mode);

	if (!mode) {
		*ret = 0644;
		return 0;
	}
	if (text) {
		if (!*text || strlen(text) > 5 || strspn(text, "01234567") != strlen(text))
			return refuse(err, "files.mode: '%s' is no mode like \"0644\"", text);
		value = 0;
		for (; *text; text++)
			value = value * 8 + (*text - '0');
	} else if (!json_is_integer(mode)) {
		return refuse(err, "files.mode: a mode like \"0644\" is wanted");
	}
	if (value < 0 || value > 07777)
		return refuse(err, "files.mode: more bits than a mode has");
	*ret = value;
	return 0;
}

bool path_valid(const char *path)
{
	const char *end = path + strlen(path);

	if (path[0] != '/' || end[-1] == '/')
		return false;
	while (path < end) {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && !strncmp(path, "..", 2)))
			return false;
		path += n;
	}
	return true;
}

static int parse_file(const json_t *file, json_t *files, struct error *err)
{
	json_int_t mode = 0;
	int r = json_fields(file, "files", file_fields, err);

	if (r == 0)
		r = parse_mode(json_object_get(file, "mode"), &mode, err);
	if (r < 0)
		return r;
	if (!path_valid(json_str(file, "path", "")))
		return refuse(err,
			"files.path: '%s' is no absolute path without '.', '..' and '//'",
			json_str(file, "path", ""));
	json_array_append_new(
		files, json_pack("{s:s, s:I, s:O}", "path", json_str(file, "path", ""), "mode",
			       mode, "content", json_object_get(file, "content")));
	return 0;
}

int profile_files(const json_t *list, json_t *out, struct error *err)
{
	json_t *files = json_array();
	const json_t *file;
	size_t i;

	json_object_set_new(out, "files", files);
	json_array_foreach (list, i, file) {
		int r = parse_file(file, files, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int profile_labels(json_t *labels, json_t *out, struct error *err)
{
	const char *key;
	json_t *value;

	if (json_object_size(labels) > LABELS_MAX)
		return refuse(err, "labels: more than 64");
	json_object_foreach (labels, key, value) {
		if (!json_is_string(value))
			return refuse(err,
				"labels: the value of '%s' is no text (put it in quotes)", key);
		if (strlen(key) > LABEL_KEY_MAX || json_string_length(value) > LABEL_VALUE_MAX)
			return refuse(err, "labels: '%.40s' is longer than Kubernetes allows", key);
	}
	json_object_set_new(out, "labels", labels ? json_deep_copy(labels) : json_object());
	return 0;
}

int profile_match_rules(const json_t *match, json_t *out, struct error *err)
{
	struct error detail;
	const json_t *text;
	struct mac mac;
	size_t i;
	int r = match ? json_fields(match, "match", match_fields, err) : 0;

	if (r < 0)
		return r;
	json_array_foreach (json_object_get(match, "macs"), i, text) {
		if (mac_parse(json_string_value(text), &mac, &detail) < 0)
			return refuse(err, "match.macs: '%s' is no Ethernet address",
				json_string_value(text));
	}
	json_object_set_new(out, "match", match ? json_deep_copy(match) : json_object());
	return 0;
}

/* No byte may split or end a kernel argument: it reaches boot loaders as one line. */
int profile_kernel_args(const json_t *input, json_t *out, struct error *err)
{
	const json_t *arg;
	size_t i;

	json_array_foreach (json_object_get(input, "kernel_args"), i, arg) {
		const char *text = json_string_value(arg);

		if (!*text || strlen(text) > 255)
			return refuse(err, "kernel_args: an argument is empty or over 255 bytes");
		for (; *text; text++) {
			if (*text <= ' ' || *text >= 127 || strchr("\"'\\$`{};", *text))
				return refuse(err,
					"kernel_args: '%s' holds a character that boot "
					"loaders read in their own way",
					json_string_value(arg));
		}
	}
	json_object_set_new(out, "kernel_args", strings_or_empty(input, "kernel_args"));
	return 0;
}
