// SPDX-License-Identifier: Apache-2.0
/* Profiles: one validation for files and API, matching, and host names. */
#include "provisioner/model/profile.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/layout.h"
#include "provisioner/model/mac.h"
#include "provisioner/model/profile_parts.h"

#define FILES_MAX 64
#define ARGS_MAX  64

static const struct json_field fields[] = {
	{ "name", JSON_KIND_STRING, false, 63 },
	{ "image", JSON_KIND_STRING, true, 255 },
	{ "disk", JSON_KIND_OBJECT, false, 0 },
	{ "layout", JSON_KIND_OBJECT, false, 0 },
	{ "hostname", JSON_KIND_STRING, false, 63 },
	{ "cluster", JSON_KIND_STRING, false, 63 },
	{ "labels", JSON_KIND_OBJECT, false, 0 },
	{ "taints", JSON_KIND_STRINGS, false, 32 },
	{ "kernel_args", JSON_KIND_STRINGS, false, ARGS_MAX },
	{ "boot", JSON_KIND_STRING, false, 16 },
	{ "files", JSON_KIND_ARRAY, false, FILES_MAX },
	{ "match", JSON_KIND_OBJECT, false, 0 },
	{ 0 },
};

#define refuse(err, ...) fail_code(err, EINVAL, "SW-6001", __VA_ARGS__)

bool name_valid(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < 64 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
	       name[0] != '-' && name[n - 1] != '-';
}

static int parse_texts(const json_t *input, const char *name, json_t *out, struct error *err)
{
	static const char *const boots[] = { "auto", "kexec", "reboot", NULL };
	const char *boot = json_str(input, "boot", "auto");
	const char *cluster = json_str(input, "cluster", "");

	if (!name_valid(name))
		return refuse(
			err, "name: '%s' is no name: a-z, 0-9 and '-' within, at most 63", name);
	if (!text_one_of(boot, boots))
		return refuse(err, "boot: '%s' is none of auto, kexec, reboot", boot);
	if (cluster[0] && !name_valid(cluster))
		return refuse(err, "cluster: '%s' is no name of a cluster", cluster);
	if (!json_str(input, "image", "")[0])
		return refuse(err, "image: the name of an image in the store is wanted");
	json_object_set_new(out, "name", json_string(name));
	json_object_set(out, "image", json_object_get(input, "image"));
	json_object_set_new(out, "hostname", json_string(json_str(input, "hostname", "node-{n}")));
	json_object_set_new(out, "cluster", json_string(cluster));
	json_object_set_new(out, "boot", json_string(boot));
	return 0;
}

static int parse_parts(const json_t *input, json_t *out, struct error *err)
{
	json_t *taints = json_object_get(input, "taints");
	int r = profile_disk(json_object_get(input, "disk"), out, err);

	if (r == 0)
		r = layout_parse(json_object_get(input, "layout"), out, err);
	if (r == 0)
		r = profile_files(json_object_get(input, "files"), out, err);
	if (r == 0)
		r = profile_labels(json_object_get(input, "labels"), out, err);
	if (r == 0)
		r = profile_match_rules(json_object_get(input, "match"), out, err);
	if (r == 0)
		r = profile_kernel_args(input, out, err);
	json_object_set_new(out, "taints", taints ? json_deep_copy(taints) : json_array());
	return r;
}

int profile_parse(const json_t *input, const char *name, json_t **ret, struct error *err)
{
	auto_json json_t *out = json_object();
	const char *own;
	char hostname[64];

	if (json_fields(input, "profile", fields, err) < 0) {
		snprintf(err->code, sizeof(err->code), "SW-6001");
		return err->number;
	}
	own = json_str(input, "name", name);
	if (!own)
		return refuse(err, "name: is missing");
	if (name && strcmp(own, name) != 0)
		return refuse(err, "name: the profile calls itself '%s', not '%s'", own, name);
	if (parse_texts(input, own, out, err) < 0 || parse_parts(input, out, err) < 0) {
		snprintf(err->code, sizeof(err->code), "SW-6001");
		return fail_in(err, "profile '%s'", own);
	}
	if (profile_hostname(out, 1, hostname, sizeof(hostname), err) < 0)
		return fail_in(err, "profile '%s'", own);
	*ret = take_ptr(&out);
	return 0;
}

static bool glob_holds(const json_t *match, const char *key, const char *text)
{
	const char *glob = json_str(match, key, NULL);

	return !glob || fnmatch(glob, text, 0) == 0;
}

static bool mac_listed(const json_t *macs, const struct evidence *e)
{
	struct error ignored;
	const json_t *text;
	struct mac mac;
	size_t i;

	json_array_foreach (macs, i, text) {
		if (mac_parse(json_string_value(text), &mac, &ignored) < 0)
			continue; /* profile_parse() let none through */
		if (mac_equal(&mac, &e->boot_mac))
			return true;
		for (size_t k = 0; k < e->macs_n; k++) {
			if (mac_equal(&mac, &e->macs[k]))
				return true;
		}
	}
	return false;
}

bool profile_matches(const json_t *profile, const struct evidence *e)
{
	const json_t *match = json_object_get(profile, "match");
	const json_t *macs = json_object_get(match, "macs");

	return json_object_size(match) > 0 && glob_holds(match, "vendor", e->vendor) &&
	       glob_holds(match, "product", e->product) && glob_holds(match, "serial", e->serial) &&
	       (!macs || mac_listed(macs, e));
}

int profile_hostname(const json_t *profile, unsigned n, char *out, size_t size, struct error *err)
{
	const char *pattern = json_str(profile, "hostname", "node-{n}");
	const char *mark = strstr(pattern, "{n}");
	int length;

	if (!mark && n > 1)
		return fail_code(err, ENOENT, "SW-6003",
			"the host name '%s' is taken and its pattern has no {n}", pattern);
	if (mark)
		length = snprintf(
			out, size, "%.*s%u%s", (int)(mark - pattern), pattern, n, mark + 3);
	else
		length = snprintf(out, size, "%s", pattern);
	if (length < 0 || (size_t)length >= size || !name_valid(out))
		return refuse(err,
			"hostname: '%s' makes no host name; a-z, 0-9, '-' and one {n}, as in r{n}",
			pattern);
	return 0;
}
