// SPDX-License-Identifier: Apache-2.0
/* slipway bundle: what is in one, is it good, take it in. None of it needs the daemon. */
#include "provisioner/cli/bundle.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "bundles/import.h"
#include "provisioner/cli/nouns.h"
#include "provisioner/cli/output.h"
#include "provisioner/cli/progress.h"

int bundle_open_file(const char *path, int *ret, struct error *err)
{
	*ret = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				      : open(path, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? fail(err, errno, "opening '%s'", path) : 0;
}

int bundle_trust(const struct cli *cli, const char *pub, struct trust *ret, struct error *err)
{
	char dir[PATH_MAX];

	if (pub)
		return trust_load_file(pub, ret, err);
	if (snprintf(dir, sizeof(dir), "%s/trust", cli->state_dir) >= (int)sizeof(dir))
		return fail(err, ENAMETOOLONG, "'%.80s'", cli->state_dir);
	return trust_load(dir, ret, err);
}

json_t *bundle_result_json(const struct import_result *r)
{
	const struct statement *st = &r->statement;

	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "name", st->name,
		"version", (json_int_t)st->version, "created", st->created, "key",
		r->signatures.names, "untrusted_keys", r->signatures.strangers, "signatures",
		(json_int_t)r->signatures.count, "blobs", (json_int_t)st->blob_count, "bytes",
		(json_int_t)st->blob_bytes, "carried_blobs",
		(json_int_t)(st->blob_count - st->absent_count), "carried_bytes",
		(json_int_t)(st->blob_bytes - st->absent_bytes));
}

json_t *bundle_entry_json(const json_t *entry)
{
	const char *kind = oci_annotation(entry, OCI_NOTE_KIND);

	return json_pack("{s:s, s:s, s:s, s:s}", "name", oci_annotation(entry, OCI_NOTE_NAME),
		"kind", kind ? kind : "", "digest", json_str(entry, "digest", ""), "media_type",
		json_str(entry, "mediaType", ""));
}

static json_t *entries_json(const struct statement *st)
{
	json_t *list = json_array();
	const json_t *entry;
	size_t i;

	json_array_foreach (st->entries, i, entry)
		(void)json_array_append_new(
			list, bundle_entry_json(entry)); /* without memory the list is short */
	return list;
}

static void inspect_print(
	const struct cli *cli, const struct import_result *r, bool trusted, const json_t *entries)
{
	static const struct column columns[] = {
		{ .title = "NAME", .path = "name" },
		{ .title = "KIND", .path = "kind" },
		{ .title = "DIGEST", .path = "digest" },
		{ .title = "TYPE", .path = "media_type", .wide = true },
		{ NULL },
	};
	const struct statement *st = &r->statement;
	char size[SIZE_TEXT_MAX];

	printf("bundle   %s version %llu\n", st->name, (unsigned long long)st->version);
	if (st->created[0]) {
		printf("created  ");
		text_put(stdout, st->created);
		printf("\n");
	}
	if (r->signatures.trusted > 0)
		printf("signed   by trusted key %s%s\n", r->signatures.names,
			trusted ? "" : "; more of them are needed here");
	if (r->signatures.strangers[0])
		printf("signed   by a key that is not trusted here: %s\n", r->signatures.strangers);
	printf("content  %zu blobs, %s; not read: 'slipway bundle verify' does\n", st->blob_count,
		size_format(st->blob_bytes, size));
	if (st->absent_count > 0)
		printf("delta    %zu blobs, %s are in it; the site must have the rest\n",
			st->blob_count - st->absent_count,
			size_format(st->blob_bytes - st->absent_bytes, size));
	printf("\n");
	output_items(cli, entries, columns, "name");
}

static int bundle_inspect(const struct cli *cli, const struct args *args)
{
	auto_trust trust = { 0 };
	auto_import_result result = { 0 };
	auto_json json_t *value = NULL;
	auto_json json_t *entries = NULL;
	auto_close int fd = -1;
	struct error err = { 0 };
	int r;

	if (args_value(args, "sbom"))
		return bundle_sbom_print(args->operands[0], args_value(args, "image"));
	r = bundle_trust(cli, args_value(args, "pub"), &trust, &err);
	if (r == 0)
		r = bundle_open_file(args->operands[0], &fd, &err);
	if (r == 0 && (r = import_inspect(fd, &trust, &result, &err)) < 0)
		r = fail_in(&err, "'%s'", args->operands[0]);
	if (r < 0)
		return cli_error(&err);
	entries = entries_json(&result.statement);
	value = bundle_result_json(&result);
	(void)json_object_set_new(value, "trusted", json_boolean(r == 0));
	(void)json_object_set(value, "entries", entries);
	if (!output_value(cli, value, "name"))
		inspect_print(cli, &result, r == 0, entries);
	return CLI_OK;
}

static const struct flag keygen_flags[] = {
	{ .name = "out",
		.letter = 'o',
		.value = "NAME",
		.help = "writes NAME.key and NAME.pub",
		.required = true },
	{ .name = "no-password", .help = "for unattended use: the key file alone signs" },
	{ NULL },
};

static const struct flag create_flags[] = {
	{ .name = "out", .letter = 'o', .value = "FILE", .help = "the bundle", .required = true },
	{ .name = "key", .letter = 'k', .value = "KEY", .help = "secret key", .required = true },
	{ .name = "since", .value = "BUNDLE", .help = "leave out what this bundle gave the site" },
	{ .name = "since-list",
		.value = "FILE",
		.help = "leave out these digests (slipway store export-list)" },
	{ .name = "zstd", .help = "compress the whole; layers are compressed anyway" },
	{ NULL },
};

static const struct flag sign_flags[] = {
	{ .name = "key", .letter = 'k', .value = "KEY", .help = "secret key", .required = true },
	{ NULL },
};

static const struct flag pub_flags[] = {
	{ .name = "pub",
		.letter = 'p',
		.value = "KEY.pub",
		.help = "trust this key (default: those of 'slipway trust')" },
	{ NULL },
};

static const struct flag inspect_flags[] = {
	{ .name = "pub",
		.letter = 'p',
		.value = "KEY.pub",
		.help = "trust this key (default: those of 'slipway trust')" },
	{ .name = "sbom", .help = "print the OS image's SBOM instead (SPDX 2.3, JSON)" },
	{ .name = "image", .value = "NAME", .help = "with --sbom: of this image" },
	{ NULL },
};

static const struct flag import_flags[] = {
	{ .name = "allow-rollback", .help = "take an older version than the one that is here" },
	{ .name = "unsigned",
		.help = "take what is no bundle: an archive or a layout of images, a root file "
			"system, a disk image" },
	{ .name = "name",
		.value = "NAME",
		.help = "with --unsigned: what the one thing in it is called" },
	{ .name = "os", .help = "with --unsigned: its container images are OS images" },
	{ .name = "arch",
		.value = "LIST",
		.help = "with --unsigned: of images for several machines take these "
			"(amd64,arm64; all; default amd64)" },
	{ NULL },
};

static const struct flag split_flags[] = {
	{ .name = "size",
		.value = "SIZE",
		.help = "most bytes of a part: 4G, 700M",
		.required = true },
	{ .name = "out", .letter = 'o', .value = "NAME", .help = "writes NAME.001, NAME.002, ..." },
	{ NULL },
};

static const struct flag join_flags[] = {
	{ .name = "out", .letter = 'o', .value = "FILE", .help = "the bundle", .required = true },
	{ NULL },
};

static const struct verb verbs[] = {
	{ "keygen", "", 0, 0, "Makes a key pair (minisign's) to sign bundles with.", keygen_flags,
		bundle_keygen },
	{ "create", "RECIPE", 1, 1, "Makes a signed bundle from a recipe.", create_flags,
		bundle_create },
	{ "inspect", "FILE", 1, 1, "Shows what a bundle says it holds, and who signed it.",
		inspect_flags, bundle_inspect },
	{ "diff", "OLD NEW", 2, 2, "Shows what two bundles differ in: names, packages, bytes.",
		NULL, bundle_diff },
	{ "sign", "FILE", 1, 1, "Adds a signature to a bundle that others signed.", sign_flags,
		bundle_sign },
	{ "verify", "FILE|URL|-|PART...", 1, PARTS_MAX,
		"Reads a whole bundle and checks every byte.", pub_flags, bundle_verify },
	{ "import", "FILE|URL|-|PART...", 1, PARTS_MAX,
		"Takes a bundle, or with --unsigned something else, into the appliance's store.",
		import_flags, bundle_import },
	{ "split", "FILE", 1, 1, "Splits a bundle into parts: FILE.001, FILE.002, ...", split_flags,
		bundle_split },
	{ "join", "PART...", 1, PARTS_MAX, "Puts a bundle together from all of its parts.",
		join_flags, bundle_join },
	{ NULL },
};

const struct noun bundle_noun = { "bundle", "one signed file with all that a site needs", verbs };
