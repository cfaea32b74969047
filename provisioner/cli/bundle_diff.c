// SPDX-License-Identifier: Apache-2.0
/* slipway bundle diff: what two bundles differ in, by names, packages and bytes. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "bundles/oci.h"
#include "bundles/peek.h"
#include "bundles/sbom.h"
#include "provisioner/cli/bundle.h"
#include "provisioner/cli/output.h"

/* One side: its statement, and its SBOMs by the digest of their image. */
struct side {
	struct statement st;
	json_t *sboms;
};

static int side_load(const char *path, struct side *ret, struct error *err)
{
	int r = peek_statement(path, &ret->st, err);

	return r < 0 ? r : peek_sboms(path, &ret->st, &ret->sboms, err);
}

static void side_done(struct side *s)
{
	statement_done(&s->st);
	json_decref(s->sboms);
}
#define auto_side __attribute__((cleanup(side_done))) struct side

/* {name: {kind, value}} of what a bundle names; SBOMs follow their images and are left out. */
static json_t *names_of(const struct statement *st)
{
	json_t *names = json_object();
	const json_t *entry;
	size_t i;

	json_array_foreach (st->entries, i, entry) {
		const char *kind = oci_annotation(entry, OCI_NOTE_KIND);

		if (!kind || strcmp(kind, SBOM_KIND) != 0)
			(void)json_object_set_new(names, oci_annotation(entry, OCI_NOTE_NAME),
				json_pack("{s:s, s:s}", "kind", kind ? kind : "", "value",
					json_str(entry, "digest", ""))); /* shown only */
	}
	return names;
}

/* {name: {value: version}} of the packages in an SBOM; a name of several architectures has its own
 * with each. */
static json_t *packages_of(const json_t *sbom)
{
	json_t *packages = json_object();
	const json_t *package;
	size_t i;

	json_array_foreach (json_object_get(sbom, "packages"), i, package) {
		const json_t *reference =
			json_array_get(json_object_get(package, "externalRefs"), 0);
		const char *purl = json_str(reference, "referenceLocator", "");
		const char *arch = strstr(purl, "?arch=");
		char name[512];

		if (!arch)
			continue; /* the image itself */
		(void)snprintf(name, sizeof(name), "%s", json_str(package, "name", ""));
		if (json_object_get(packages, name))
			(void)snprintf(name, sizeof(name), "%s:%.*s", json_str(package, "name", ""),
				(int)strcspn(arch + 6, "&"), arch + 6);
		(void)json_object_set_new(packages, name,
			json_pack("{s:s}", "value", json_str(package, "versionInfo", "")));
	}
	return packages;
}

static json_t *change(const char *name, const json_t *from, const json_t *to)
{
	const json_t *any = to ? to : from;
	json_t *item = json_pack("{s:s}", "name", name);

	if (json_object_get(any, "kind"))
		(void)json_object_set(item, "kind", json_object_get(any, "kind"));
	if (from)
		(void)json_object_set(item, "from", json_object_get(from, "value"));
	if (to)
		(void)json_object_set(item, "to", json_object_get(to, "value"));
	return item;
}

/* {added, removed, changed} of two objects of {name: {value}}. */
static json_t *compare(json_t *from, json_t *to)
{
	json_t *result = json_pack("{s:[], s:[], s:[]}", "added", "removed", "changed");
	const char *name;
	json_t *value;

	json_object_foreach (to, name, value) {
		const json_t *old = json_object_get(from, name);

		if (!old)
			(void)json_array_append_new(
				json_object_get(result, "added"), change(name, NULL, value));
		else if (strcmp(json_str(old, "value", ""), json_str(value, "value", "")) != 0)
			(void)json_array_append_new(
				json_object_get(result, "changed"), change(name, old, value));
	}
	json_object_foreach (from, name, value)
		if (!json_object_get(to, name))
			(void)json_array_append_new(
				json_object_get(result, "removed"), change(name, value, NULL));
	return result;
}

/* The packages of each image that both bundles have, and have an SBOM of. */
static json_t *packages_compare(const struct side *a, const struct side *b, json_t *names)
{
	json_t *list = json_array();
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(names, "changed"), i, item) {
		const json_t *old = json_object_get(a->sboms, json_str(item, "from", ""));
		const json_t *new = json_object_get(b->sboms, json_str(item, "to", ""));
		auto_json json_t *from = old ? packages_of(old) : NULL;
		auto_json json_t *to = new ? packages_of(new) : NULL;
		json_t *difference = from && to ? compare(from, to) : NULL;

		if (!difference)
			continue;
		(void)json_object_set_new(
			difference, "image", json_string(json_str(item, "name", "")));
		(void)json_array_append_new(list, difference);
	}
	return list;
}

static json_t *difference_of(const struct side *a, const struct side *b)
{
	auto_json json_t *from = names_of(&a->st);
	auto_json json_t *to = names_of(&b->st);
	json_t *names = compare(from, to);
	json_int_t blobs = 0;
	json_int_t bytes = 0;

	for (size_t i = 0; i < b->st.blob_count; i++) {
		if (statement_find(&a->st, &b->st.blobs[i].digest))
			continue;
		blobs++;
		bytes += (json_int_t)b->st.blobs[i].size;
	}
	return json_pack("{s:{s:s, s:I}, s:{s:s, s:I}, s:o, s:o, s:I, s:I}", "from", "name",
		a->st.name, "version", (json_int_t)a->st.version, "to", "name", b->st.name,
		"version", (json_int_t)b->st.version, "packages", packages_compare(a, b, names),
		"names", names, "needed_blobs", blobs, "needed_bytes", bytes);
}

static void changes_print(const json_t *difference, const char *key, const char *sign, bool values)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(difference, key), i, item) {
		const char *from = json_str(item, "from", "");
		const char *to = json_str(item, "to", "");

		printf("  %s ", sign);
		text_put(stdout, json_str(item, "name", ""));
		if (values) {
			printf(" ");
			text_put(stdout, from);
			printf("%s", *from && *to ? " -> " : "");
			text_put(stdout, to);
		}
		printf("\n");
	}
}

static void difference_print(const json_t *difference, bool values)
{
	changes_print(difference, "added", "+", values);
	changes_print(difference, "removed", "-", values);
	changes_print(difference, "changed", "~", values);
}

static void print_all(const json_t *value)
{
	const json_t *packages;
	char size[SIZE_TEXT_MAX];
	size_t i;

	printf("names\n");
	difference_print(json_object_get(value, "names"), false);
	json_array_foreach (json_object_get(value, "packages"), i, packages) {
		printf("packages of ");
		text_put(stdout, json_str(packages, "image", ""));
		printf("\n");
		difference_print(packages, true);
	}
	printf("a site that has the first needs %lld blobs, %s, for the second\n",
		(long long)json_int(value, "needed_blobs", 0),
		size_format((uint64_t)json_int(value, "needed_bytes", 0), size));
}

int bundle_diff(const struct cli *cli, const struct args *args)
{
	auto_side a = { 0 };
	auto_side b = { 0 };
	auto_json json_t *value = NULL;
	struct error err = { 0 };
	int r = side_load(args->operands[0], &a, &err);

	if (r == 0)
		r = side_load(args->operands[1], &b, &err);
	if (r < 0)
		return cli_error(&err);
	value = difference_of(&a, &b);
	if (!output_value(cli, value, "needed_bytes"))
		print_all(value);
	return CLI_OK;
}

/* The one SBOM, or that of the image named; *ret is borrowed from `sboms`. */
static int sbom_pick(const struct statement *st, json_t *sboms, const char *image,
	const json_t **ret, struct error *err)
{
	const json_t *entry;
	size_t i;

	*ret = NULL;
	json_array_foreach (st->entries, i, entry) {
		const char *name = oci_annotation(entry, OCI_NOTE_NAME);
		const json_t *sbom = json_object_get(sboms, json_str(entry, "digest", ""));

		if (!sbom || (image && strcmp(image, name) != 0))
			continue;
		if (*ret && *ret != sbom)
			return fail_code(err, EINVAL, NULL,
				"several images have an SBOM: choose one with --image");
		*ret = sbom;
	}
	return *ret ? 0
		    : fail_code(err, ENOENT, NULL, "the bundle carries no SBOM%s%s",
			      image ? " of " : "", image ? image : "");
}

int bundle_sbom_print(const char *path, const char *image)
{
	auto_side side = { 0 };
	auto_free char *text = NULL;
	const json_t *sbom = NULL;
	struct error err = { 0 };
	int r = side_load(path, &side, &err);

	if (r == 0)
		r = sbom_pick(&side.st, side.sboms, image, &sbom, &err);
	if (r == 0)
		r = json_write(sbom, &text, &err);
	if (r < 0)
		return cli_error(&err);
	printf("%s\n", text);
	return CLI_OK;
}
