// SPDX-License-Identifier: Apache-2.0
/* slipway bundle keygen, slipway bundle create: the connected side. */
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/create.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/output.h"
#include "provisioner/cli/password.h"
#include "provisioner/cli/progress.h"

/* Where the two files of a pair go; neither may be there. */
static int pair_paths(const char *base, char secret[static PATH_MAX], char public[static PATH_MAX],
	struct error *err)
{
	if (snprintf(secret, PATH_MAX, "%s.key", base) >= PATH_MAX ||
		snprintf(public, PATH_MAX, "%s.pub", base) >= PATH_MAX)
		return fail(err, ENAMETOOLONG, "'%.80s'", base);
	if (file_exists(secret) || file_exists(public))
		return fail_code(err, EPERM, "SW-2018",
			"'%s' or '%s' is there already, and a key is never replaced; nothing was written",
			secret, public);
	return 0;
}

static int secret_text(
	const struct minisign_secret *key, bool no_password, char *out, struct error *err)
{
	char password[PASSWORD_MAX] = "";
	int r = no_password ? 0 : password_ask_new(password, err);

	if (r == -ENOTTY)
		(void)fail_hint(err, "--no-password makes a key without one.");
	if (r == 0)
		r = minisign_secret_format(key, no_password ? NULL : password, out, err);
	OPENSSL_cleanse(password, sizeof(password));
	return r;
}

static int pair_write(const char *secret, const char *public, const struct minisign_secret *key,
	bool no_password, struct error *err)
{
	char text[MINISIGN_FILE_MAX];
	int r = secret_text(key, no_password, text, err);

	if (r == 0)
		r = file_write(secret, text, strlen(text), 0600, err);
	OPENSSL_cleanse(text, sizeof(text));
	if (r < 0)
		return r;
	minisign_public_format(&key->public, text);
	return file_write(public, text, strlen(text), 0644, err);
}

int bundle_keygen(const struct cli *cli, const struct args *args)
{
	char secret[PATH_MAX];
	char public[PATH_MAX];
	char id[MINISIGN_ID_TEXT];
	struct minisign_secret key = { 0 };
	struct error err = { 0 };
	auto_json json_t *value = NULL;
	int r = pair_paths(args_value(args, "out"), secret, public, &err);

	if (r == 0)
		r = minisign_generate(&key, &err);
	if (r == 0)
		r = pair_write(secret, public, &key, args_value(args, "no-password"), &err);
	(void)minisign_id_format(key.public.id, id);
	minisign_secret_wipe(&key);
	if (r < 0)
		return cli_error(&err);
	value = json_pack("{s:s, s:s, s:s}", "id", id, "secret", secret, "public", public);
	if (!output_value(cli, value, "id"))
		printf("key %s\nsecret  %s  (keep it on the machine that makes bundles)\npublic  %s\n",
			id, secret, public);
	cli_next("on the appliance: slipway trust add %s", public);
	return CLI_OK;
}

static int key_open(const char *text, size_t n, struct minisign_secret *ret, struct error *err)
{
	char password[PASSWORD_MAX] = "";
	bool sealed = minisign_secret_encrypted(text, n);
	int r = sealed ? password_ask("Password of the key: ", password, err) : 0;

	if (r == 0)
		r = minisign_secret_parse(text, n, sealed ? password : NULL, ret, err);
	OPENSSL_cleanse(password, sizeof(password));
	return r;
}

int bundle_key_load(const char *path, struct minisign_secret *ret, struct error *err)
{
	auto_buf text = { .max = MINISIGN_FILE_MAX };
	int r = file_read(path, MINISIGN_FILE_MAX, &text, err);

	if (r == -EFBIG)
		return fail_code(err, EINVAL, "SW-2010", "'%s' is no minisign secret key", path);
	if (r == 0 && key_open(buf_str(&text), text.len, ret, err) < 0)
		r = fail_in(err, "key '%s'", path);
	if (text.data)
		OPENSSL_cleanse(text.data, text.len);
	return r;
}

static void step_say(const char *text, void *arg)
{
	progress_end(arg);
	cli_say("%s", text);
}

static void bytes_say(uint64_t done, uint64_t total, void *arg)
{
	progress_set(arg, done, total);
}

/* What takes the room, by kind and by name. */
static void summary_print(const json_t *summary)
{
	char size[SIZE_TEXT_MAX];
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(summary, "kinds"), i, item)
		printf("%10s  %lld of kind %s\n",
			size_format((uint64_t)json_int(item, "bytes", 0), size),
			(long long)json_int(item, "entries", 0), json_str(item, "kind", ""));
	if (json_int(summary, "shared_bytes", 0) > 0)
		printf("%10s  more, if what several names share were there for each\n",
			size_format((uint64_t)json_int(summary, "shared_bytes", 0), size));
	printf("largest:\n");
	json_array_foreach (json_object_get(summary, "largest"), i, item)
		printf("%10s  %s\n", size_format((uint64_t)json_int(item, "bytes", 0), size),
			json_str(item, "name", ""));
}

static int created_print(
	const struct cli *cli, const struct statement *st, json_t *summary, const char *path)
{
	char size[SIZE_TEXT_MAX];
	size_t carried = st->blob_count - st->absent_count;
	uint64_t carried_bytes = st->blob_bytes - st->absent_bytes;
	auto_json json_t *value = json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:I, s:I}", "name",
		st->name, "version", (json_int_t)st->version, "blobs", (json_int_t)st->blob_count,
		"bytes", (json_int_t)st->blob_bytes, "entries",
		(json_int_t)json_array_size(st->entries), "file", path, "carried_blobs",
		(json_int_t)carried, "carried_bytes", (json_int_t)carried_bytes);

	(void)json_object_set(value, "summary", summary); /* without memory it stays unsaid */
	if (!output_value(cli, value, "file")) {
		printf("%s: %s version %llu, %zu names, %zu blobs, %s\n", path, st->name,
			(unsigned long long)st->version, json_array_size(st->entries),
			st->blob_count, size_format(st->blob_bytes, size));
		if (st->absent_count > 0)
			printf("a delta: %zu blobs, %s are in it; the site has the rest\n", carried,
				size_format(carried_bytes, size));
		summary_print(summary);
	}
	cli_next("slipway bundle inspect %s", path);
	return CLI_OK;
}

int bundle_create(const struct cli *cli, const struct args *args)
{
	struct minisign_secret key = { 0 };
	auto_statement st = { 0 };
	auto_json json_t *summary = NULL;
	struct error err = { 0 };
	struct progress progress;
	const struct create_options options = {
		.recipe = args->operands[0],
		.output = args_value(args, "out"),
		.key = &key,
		.since = args_value(args, "since"),
		.since_list = args_value(args, "since-list"),
		.zstd = args_value(args, "zstd"),
		.step = step_say,
		.progress = bytes_say,
		.arg = &progress,
	};
	int r = bundle_key_load(args_value(args, "key"), &key, &err);

	progress_start(&progress, cli, "writing");
	if (r == 0)
		r = create_bundle(&options, &st, &summary, &err);
	progress_end(&progress);
	minisign_secret_wipe(&key);
	if (r < 0 && !err.hint[0])
		(void)fail_hint(&err, "No bundle was written.");
	return r < 0 ? cli_error(&err) : created_print(cli, &st, summary, options.output);
}
