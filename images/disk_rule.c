// SPDX-License-Identifier: Apache-2.0
/* Which disk a plan may write. */
#include <fnmatch.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "images/disk_rule.h"

static bool is_set(const char *s)
{
	return s && *s;
}

const char *disk_info_identity(const struct disk_info *d)
{
	if (is_set(d->wwn))
		return d->wwn;
	if (is_set(d->serial))
		return d->serial;
	return is_set(d->path) ? d->path : d->name;
}

bool disk_info_is(const struct disk_info *d, const char *name)
{
	return is_set(name) && (strcmp(name, d->wwn) == 0 || strcmp(name, d->serial) == 0 ||
				       strcmp(name, d->path) == 0 || strcmp(name, d->name) == 0);
}

static bool glob_matches(const char *glob, const char *text)
{
	return !is_set(glob) || fnmatch(glob, text, 0) == 0;
}

static bool bus_matches(const struct disk_rule *rule, const struct disk_info *d)
{
	for (size_t i = 0; i < rule->n_bus; i++)
		if (strcmp(rule->bus[i], d->bus) == 0)
			return true;
	return rule->n_bus == 0;
}

/* Why this disk is not one the rule asks for; NULL where it fits. Data is another question. */
static const char *disk_misfit(const struct disk_rule *rule, const struct disk_info *d)
{
	if (d->size_bytes == 0)
		return "no medium";
	if (d->size_bytes < rule->min_bytes)
		return "too small";
	if (!rule->allow_removable && (d->removable || strcmp(d->bus, "usb") == 0))
		return "removable";
	if (!bus_matches(rule, d))
		return "other bus";
	if (!glob_matches(rule->model, d->model))
		return "other model";
	if (!glob_matches(rule->serial, d->serial) || !glob_matches(rule->wwn, d->wwn))
		return "other disk";
	return NULL;
}

/* A disk with data is ours to write only where it is named. */
static bool disk_may_be_written(const struct disk_rule *rule, const struct disk_info *d)
{
	if (d->n_holds == 0 || disk_info_is(d, rule->resume))
		return true;
	for (size_t i = 0; i < rule->n_overwrite; i++)
		if (disk_info_is(d, rule->overwrite[i]))
			return true;
	return false;
}

/* True where b is the better choice than a. */
static bool disk_is_better(
	const struct disk_rule *rule, const struct disk_info *a, const struct disk_info *b)
{
	if (disk_info_is(a, rule->resume) || disk_info_is(b, rule->resume))
		return !disk_info_is(a, rule->resume);
	switch (rule->select) {
	case DISK_SELECT_FIRST:
		return false;
	case DISK_SELECT_SMALLEST:
		return b->size_bytes < a->size_bytes;
	case DISK_SELECT_LARGEST:
		return b->size_bytes > a->size_bytes;
	}
	return false;
}

/* "at least 400.0 GB, on nvme or sas, not removable" */
static void rule_describe(const struct disk_rule *rule, struct buf *out)
{
	char size[SIZE_TEXT_MAX];

	if (rule->min_bytes)
		buf_printf(out, "at least %s, ", size_format(rule->min_bytes, size));
	for (size_t i = 0; i < rule->n_bus; i++)
		buf_printf(out, "%s%s%s", i ? " or " : "on ", rule->bus[i],
			i + 1 == rule->n_bus ? ", " : "");
	if (is_set(rule->model))
		buf_printf(out, "model '%s', ", rule->model);
	if (is_set(rule->serial))
		buf_printf(out, "serial '%s', ", rule->serial);
	if (is_set(rule->wwn))
		buf_printf(out, "WWN '%s', ", rule->wwn);
	buf_puts(out, rule->allow_removable ? "removable too" : "not removable");
}

/* "sda 240.0 GB Micron_5300 ..91A2 (too small)" */
static void disk_describe(const struct disk_rule *rule, const struct disk_info *d, struct buf *out)
{
	const char *misfit = disk_misfit(rule, d);
	char size[SIZE_TEXT_MAX];
	size_t n = strlen(d->serial);

	buf_printf(out, "%s %s", d->name, size_format(d->size_bytes, size));
	if (is_set(d->model))
		buf_printf(out, " %s", d->model);
	if (n > 0)
		buf_printf(out, " %s%s", n > 4 ? ".." : "", d->serial + (n > 4 ? n - 4 : 0));
	if (misfit) {
		buf_printf(out, " (%s)", misfit);
		return;
	}
	for (size_t i = 0; i < d->n_holds; i++)
		buf_printf(out, "%s%s%s", i ? ", " : " (holds ", d->holds[i],
			i + 1 == d->n_holds ? ")" : "");
}

static int fail_choice(const struct disk_rule *rule, const struct disk_info *disks, size_t n_disks,
	const struct disk_info *held, struct error *err)
{
	auto_buf wanted = { .max = 512 };
	auto_buf seen = { .max = 4096 };

	rule_describe(rule, &wanted);
	for (size_t i = 0; i < n_disks; i++) {
		if (i)
			buf_puts(&seen, "; ");
		disk_describe(rule, &disks[i], &seen);
	}
	if (held) {
		fail_code(err, ENODEV, "SW-3006",
			"every disk that fits (%s) holds data. Seen: %s. Nothing was written",
			buf_str(&wanted), buf_str(&seen));
		return fail_hint(err,
			"to give it up, name it in the profile: disk.overwrite: [\"%s\"]",
			disk_info_identity(held));
	}
	fail_code(err, ENODEV, "SW-3005", "no disk fits (%s). Seen: %s. Nothing was written",
		buf_str(&wanted), n_disks ? buf_str(&seen) : "none at all");
	return fail_hint(err, "%s",
		n_disks ? "change the disk rule of the profile, or the machine's disks"
			: "check the disks, their controller's mode and whether its driver is there");
}

int disk_rule_choose(const struct disk_rule *rule, const struct disk_info *disks, size_t n_disks,
	size_t *ret_index, struct error *err)
{
	const struct disk_info *best = NULL, *held = NULL;

	for (size_t i = 0; i < n_disks; i++) {
		const struct disk_info *d = &disks[i];

		if (disk_misfit(rule, d))
			continue;
		if (!disk_may_be_written(rule, d))
			held = held ? held : d;
		else if (!best || disk_is_better(rule, best, d))
			best = d;
	}
	if (!best)
		return fail_choice(rule, disks, n_disks, held, err);
	*ret_index = (size_t)(best - disks);
	return 0;
}

static int strings_read(const json_t *obj, const char *key, const char **out, size_t max,
	size_t *ret_n, struct error *err)
{
	const json_t *array = json_object_get(obj, key);
	size_t n = json_array_size(array);

	if (n > max)
		return fail_code(
			err, E2BIG, "SW-6020", "disk.%s: %zu entries, at most %zu", key, n, max);
	for (size_t i = 0; i < n; i++)
		out[i] = json_string_value(json_array_get(array, i));
	*ret_n = n;
	return 0;
}

static int select_read(const json_t *obj, enum disk_select *ret, struct error *err)
{
	static const char *const names[] = { "first", "smallest", "largest" };
	const char *text = json_str(obj, "select", "");

	if (!*text)
		text = names[DISK_SELECT_FIRST];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum disk_select)i;
			return 0;
		}
	return fail_code(err, EINVAL, "SW-6020",
		"disk.select: '%s' is none of first, smallest, largest", text);
}

int disk_rule_read(const json_t *obj, struct disk_rule *ret, struct error *err)
{
	static const struct json_field fields[] = {
		{ "min_bytes", JSON_KIND_INTEGER, false, 0 },
		{ "bus", JSON_KIND_STRINGS, false, DISK_RULE_BUS_MAX },
		{ "model", JSON_KIND_STRING, false, DISK_TEXT_MAX },
		{ "serial", JSON_KIND_STRING, false, DISK_TEXT_MAX },
		{ "wwn", JSON_KIND_STRING, false, DISK_TEXT_MAX },
		{ "select", JSON_KIND_STRING, false, 16 },
		{ "allow_removable", JSON_KIND_BOOL, false, 0 },
		{ "overwrite", JSON_KIND_STRINGS, false, DISK_RULE_NAME_MAX },
		{ "resume", JSON_KIND_STRING, false, DISK_TEXT_MAX },
		{ NULL, JSON_KIND_ANY, false, 0 },
	};
	struct disk_rule rule = { 0 };
	int64_t min;
	int r = json_fields(obj, "disk", fields, err);

	if (r < 0)
		return r;
	min = json_int(obj, "min_bytes", 0);
	if (min < 0)
		return fail_code(err, ERANGE, "SW-6020", "disk.min_bytes: is below zero");
	rule.min_bytes = (uint64_t)min;
	rule.model = json_str(obj, "model", "");
	rule.serial = json_str(obj, "serial", "");
	rule.wwn = json_str(obj, "wwn", "");
	rule.allow_removable = json_bool(obj, "allow_removable", false);
	rule.resume = json_str(obj, "resume", "");
	if ((r = select_read(obj, &rule.select, err)) < 0 ||
		(r = strings_read(obj, "bus", rule.bus, DISK_RULE_BUS_MAX, &rule.n_bus, err)) < 0 ||
		(r = strings_read(obj, "overwrite", rule.overwrite, DISK_RULE_NAME_MAX,
			 &rule.n_overwrite, err)) < 0)
		return r;
	*ret = rule;
	return 0;
}
