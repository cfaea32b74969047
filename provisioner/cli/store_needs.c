// SPDX-License-Identifier: Apache-2.0
/*
 * Who needs what is in the store, as the daemon knows it. Where it has never run there is nobody;
 * where it has and does not answer now, everybody may be.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/store.h"

static bool state_exists(const struct cli *cli)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/state.db", cli->state_dir) < (int)sizeof(path) &&
	       file_exists(path);
}

/* A profile says "os/debian" or, for short, "debian". */
static bool image_is(const char *image, const char *name)
{
	return strcmp(image, name) == 0 ||
	       (strncmp(name, "os/", 3) == 0 && strcmp(image, name + 3) == 0);
}

static int profile_check(const json_t *profile, const json_t *names, struct error *err)
{
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name) {
		if (!image_is(json_str(profile, "image", ""), json_string_value(name)))
			continue;
		(void)fail_code(err, EPERM, "SW-2065",
			"'%s' is needed by profile '%s'; nothing was removed",
			json_string_value(name), json_str(profile, "name", ""));
		return fail_hint(err,
			"Give the profile another image (slipway profile apply FILE), "
			"or remove it: slipway profile rm %s",
			json_str(profile, "name", ""));
	}
	return 0;
}

int store_needs_check(const struct cli *cli, const json_t *names, struct error *err)
{
	auto_json json_t *profiles = NULL;
	const json_t *profile;
	size_t i;
	int r = client_list(cli, "/profiles", &profiles, err);

	if (r == -ENOTCONN && !state_exists(cli)) {
		*err = (struct error){ 0 };
		return 0;
	}
	if (r == -ENOTCONN)
		return fail_hint(err, "Start slipwayd, which knows who needs it, "
				      "or say --force where nobody does.");
	json_array_foreach (profiles, i, profile)
		if (r == 0)
			r = profile_check(profile, names, err);
	return r;
}

/* It has a plan that names a manifest, and is at it or will be. */
static bool is_installed_now(const json_t *machine)
{
	static const char *const states[] = { "approved", "writing", "failed" };
	const char *state = json_str(machine, "state", "");

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

bool store_needs_held(const struct cli *cli, struct error *why)
{
	auto_json json_t *machines = NULL;
	const json_t *machine;
	size_t i;

	if (client_list(cli, "/machines", &machines, why) < 0)
		return state_exists(cli) || why->number != -ENOTCONN;
	json_array_foreach (machines, i, machine)
		if (is_installed_now(machine)) {
			(void)fail_code(why, EBUSY, NULL, "%s is %s", json_str(machine, "name", ""),
				json_str(machine, "state", ""));
			return true;
		}
	return false;
}
