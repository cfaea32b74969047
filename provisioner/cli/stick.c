// SPDX-License-Identifier: Apache-2.0
/* slipway stick: bundles on sticks that were plugged into the appliance. Needs no daemon, but root.
 */
#include "bundles/stick.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/import.h"
#include "provisioner/cli/audit.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"

#define POLICY_FILE "stick-policy"
#define POLICY_MAX  16

/* What a look at the sticks is made with. */
struct look {
	struct trust trust;
	struct store *store; /* NULL: nothing was imported yet */
	json_t *items;
	const char *device; /* being looked at */
	int dir_fd;
};

static int state_path(
	const struct cli *cli, const char *name, char out[static PATH_MAX], struct error *err)
{
	int n = snprintf(out, PATH_MAX, "%s/%s", cli->state_dir, name);

	return n < 0 || n >= PATH_MAX ? fail(err, ENAMETOOLONG, "'%.80s'", cli->state_dir) : 0;
}

/* How a bundle stands to what the store has. */
static const char *state_of(struct look *l, const struct statement *st, bool trusted)
{
	struct store_bundle have = { 0 };
	struct error ignored = { 0 };

	if (!trusted)
		return "untrusted";
	if (l->store && store_find_bundle(l->store, st->name, &have, &ignored) < 0)
		return "unknown";
	if (have.version == 0)
		return "new";
	if (have.version == st->version)
		return "here";
	return have.version < st->version ? "newer" : "older";
}

static void item_add(struct look *l, const char *file, const char *state, const char *problem)
{
	(void)json_array_append_new(
		l->items, json_pack("{s:s, s:s, s:s, s:s}", "device", l->device, "file", file,
				  "state", state, "problem", problem));
}

/* A bundle that cannot be read is an item too; what is wrong with it is told. */
static int bundle_look(const char *name, void *arg, struct error *err)
{
	struct look *l = arg;
	auto_import_result result = { 0 };
	auto_close int fd = -1;
	struct error problem = { 0 };
	struct stat st = { 0 };
	int r = stick_open(l->dir_fd, name, &fd, &problem);
	json_t *item;

	(void)err; /* one damaged bundle does not hide the others */
	if (r == 0)
		r = import_inspect(fd, &l->trust, &result, &problem);
	if (r < 0) {
		item_add(l, name, "damaged", problem.text);
		return 0;
	}
	(void)fstat(fd, &st); /* it is open; the size is for people */
	item_add(l, name, state_of(l, &result.statement, r == 0), "");
	item = json_array_get(l->items, json_array_size(l->items) - 1);
	(void)json_object_set_new(item, "name", json_string(result.statement.name));
	(void)json_object_set_new(
		item, "version", json_integer((json_int_t)result.statement.version));
	(void)json_object_set_new(item, "key",
		json_string(r == 0 ? result.signatures.names : result.signatures.strangers));
	(void)json_object_set_new(item, "size_bytes", json_integer((json_int_t)st.st_size));
	return 0;
}

static int device_look(const char *device, void *arg, struct error *err)
{
	struct look *l = arg;
	auto_close int fd = -1;
	struct error problem = { 0 };
	int r = stick_mount(device, &fd, &problem);

	l->device = device;
	l->dir_fd = fd;
	if (r == 0)
		return stick_bundles(fd, bundle_look, l, err);
	if (r != -ENODATA && r != -ENOMEDIUM)
		item_add(l, "", "unreadable", problem.text);
	return 0;
}

static const char *device_name(const char *given)
{
	return strncmp(given, "/dev/", 5) == 0 ? given + 5 : given;
}

static int look_at(
	const struct cli *cli, const struct args *args, struct look *l, struct error *err)
{
	char path[PATH_MAX];
	int r = state_path(cli, "trust", path, err);

	if (r == 0)
		r = trust_load(path, &l->trust, err);
	if (r == 0)
		r = state_path(cli, "store", path, err);
	if (r == 0 && store_open(path, false, &l->store, err) < 0 && err->number != -ENOENT)
		return err->number;
	if (r == 0 && args->n_operands == 0)
		return stick_each(device_look, l, err);
	for (int i = 0; r == 0 && i < args->n_operands; i++) {
		const char *device = device_name(args->operands[i]);

		r = stick_name_valid(device)
			    ? device_look(device, l, err)
			    : fail_code(err, EINVAL, NULL, "'%.40s' is no block device", device);
	}
	return r;
}

static void size_cell(const json_t *item, struct buf *out)
{
	char text[SIZE_TEXT_MAX];

	if (json_object_get(item, "size_bytes"))
		buf_puts(out, size_format((uint64_t)json_int(item, "size_bytes", 0), text));
}

static const struct column columns[] = {
	{ "DEVICE", false, "device", NULL },
	{ "FILE", false, "file", NULL },
	{ "BUNDLE", false, "name", NULL },
	{ "VERSION", false, "version", NULL },
	{ "SIGNED BY", false, "key", NULL },
	{ "SIZE", false, NULL, size_cell },
	{ "STATE", false, "state", NULL },
	{ "PROBLEM", false, "problem", NULL },
	{ NULL },
};

static int stick_list(const struct cli *cli, const struct args *args)
{
	struct look l = { .items = json_array() };
	struct error err = { 0 };
	int r = look_at(cli, args, &l, &err);

	if (r == 0)
		output_items(cli, l.items, columns, "file");
	if (r == 0 && json_array_size(l.items) > 0)
		cli_next("slipway stick import DEVICE/FILE");
	json_decref(l.items);
	trust_done(&l.trust);
	store_close(l.store);
	return r < 0 ? cli_error(&err) : CLI_OK;
}

static int stick_import(const struct cli *cli, const struct args *args)
{
	const char *given = device_name(args->operands[0]);
	const char *slash = strchr(given, '/');
	char device[STICK_NAME_MAX] = "";
	char path[64];
	auto_close int dir_fd = -1;
	auto_close int fd = -1;
	struct error err = { 0 };
	int r = 0;

	if (!slash || slash - given >= STICK_NAME_MAX)
		r = fail_code(&err, EINVAL, NULL, "'%.80s' is not DEVICE/FILE", given);
	if (r == 0) {
		memcpy(device, given, (size_t)(slash - given));
		r = stick_mount(device, &dir_fd, &err);
	}
	if (r == 0)
		r = stick_open(dir_fd, slash + 1, &fd, &err);
	if (r < 0) {
		(void)fail_hint(&err, "slipway stick list");
		return cli_error(&err);
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return bundle_import_file(cli, path, args_value(args, "allow-rollback"));
}

/* out holds what is the policy where none was set. */
static int policy_read(const char *path, char out[static POLICY_MAX], struct error *err)
{
	auto_buf text = { .max = POLICY_MAX };
	int r = file_exists(path) ? file_read(path, POLICY_MAX - 1, &text, err) : 0;

	if (r == 0 && text.len > 0)
		(void)snprintf(out, POLICY_MAX, "%.*s", (int)strcspn(buf_str(&text), "\n"),
			buf_str(&text));
	return r;
}

static int policy_write(
	const struct cli *cli, const char *path, const char *policy, struct error *err)
{
	char line[POLICY_MAX];
	int r;

	if (strcmp(policy, "offer") != 0 && strcmp(policy, "import") != 0 &&
		strcmp(policy, "ignore") != 0)
		return fail_code(
			err, EINVAL, NULL, "'%.40s' is no policy: offer, import or ignore", policy);
	r = audit_record(cli, "stick.policy", policy, NULL, err);
	(void)snprintf(line, sizeof(line), "%s\n", policy);
	return r < 0 ? r : file_write(path, line, strlen(line), 0644, err);
}

static int stick_policy(const struct cli *cli, const struct args *args)
{
	auto_json json_t *value = NULL;
	struct error err = { 0 };
	char path[PATH_MAX];
	char policy[POLICY_MAX] = "offer";
	int r = state_path(cli, POLICY_FILE, path, &err);

	if (r == 0 && args->n_operands == 1)
		r = policy_write(cli, path, args->operands[0], &err);
	if (r == 0)
		r = policy_read(path, policy, &err);
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:s}", "policy", policy);
	if (!output_value(cli, value, "policy"))
		printf("%s\n", policy);
	return CLI_OK;
}

static const struct flag import_flags[] = {
	{ .name = "allow-rollback", .help = "take an older version than the one that is here" },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "list", "[DEVICE...]", 0, -1, "Lists the bundles on sticks, or on these devices.", NULL,
		stick_list },
	{ "import", "DEVICE/FILE", 1, 1, "Takes a bundle from a stick into the store.",
		import_flags, stick_import },
	{ "policy", "[offer|import|ignore]", 0, 1,
		"Shows or sets what the daemon does with a stick that is plugged in.", NULL,
		stick_policy },
	{ NULL },
};

const struct noun stick_noun = { "stick", "bundles on sticks that were plugged in", verbs };
