// SPDX-License-Identifier: Apache-2.0
/* SPDX 2.3 (spdx.github.io/spdx-spec/v2.3), package-url for deb (purl-spec, PURL-TYPES). */
#include "bundles/sbom.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/version.h"
#include "bundles/dpkg_status.h"
#include "bundles/reference.h"

#define NONE "NOASSERTION"

/* The value of a line KEY=value of os-release(5), without quotes. */
static void release_value(const char *text, const char *key, char out[static 64])
{
	size_t n = strlen(key);

	out[0] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) != 0 || line[n] != '=')
			continue;
		line += n + 1;
		line += *line == '"';
		(void)snprintf(out, 64, "%.*s", (int)strcspn(line, "\"\n"), line);
		return;
	}
}

static void percent(struct buf *out, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr(".-_~", *text))
			buf_printf(out, "%c", *text);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
}

static int purl_make(const json_t *package, const char *id, const char *version, struct buf *out,
	struct error *err)
{
	buf_puts(out, "pkg:deb/");
	percent(out, *id ? id : "debian");
	buf_puts(out, "/");
	percent(out, json_str(package, "name", ""));
	buf_puts(out, "@");
	percent(out, json_str(package, "version", ""));
	buf_puts(out, "?arch=");
	percent(out, json_str(package, "architecture", ""));
	if (*version)
		buf_printf(out, "&distro=%s-%s", *id ? id : "debian", version);
	return buf_check(out, "package URL", err);
}

/* "Name <mail>" as "Organization: Name (mail)". */
static int supplier_make(const char *maintainer, struct buf *out, struct error *err)
{
	size_t n = strcspn(maintainer, "<");
	const char *mail = maintainer[n] ? maintainer + n + 1 : "";

	while (n > 0 && maintainer[n - 1] == ' ')
		n--;
	if (n == 0)
		buf_puts(out, NONE);
	else
		buf_printf(out, "Organization: %.*s", (int)n, maintainer);
	if (n > 0 && *mail)
		buf_printf(out, " (%.*s)", (int)strcspn(mail, ">"), mail);
	return buf_check(out, "supplier", err);
}

static json_t *plain_package(const char *id, const char *name, const char *version)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "SPDXID", id, "name", name,
		"versionInfo", version, "downloadLocation", NONE, "filesAnalyzed", 0,
		"licenseConcluded", NONE, "licenseDeclared", NONE, "copyrightText", NONE);
}

static int package_add(json_t *doc, const json_t *package, size_t number, const char *id,
	const char *version, struct error *err)
{
	auto_buf purl = { 0 };
	auto_buf supplier = { 0 };
	char spdx_id[48];
	const char *source = json_str(package, "source", "");
	json_t *made;

	(void)snprintf(spdx_id, sizeof(spdx_id), "SPDXRef-Package-%zu", number);
	if (purl_make(package, id, version, &purl, err) < 0 ||
		supplier_make(json_str(package, "maintainer", ""), &supplier, err) < 0)
		return err->number;
	made = plain_package(
		spdx_id, json_str(package, "name", ""), json_str(package, "version", ""));
	if (json_object_set_new(made, "supplier", json_string(buf_str(&supplier))) < 0 ||
		json_object_set_new(made, "externalRefs",
			json_pack("[{s:s, s:s, s:s}]", "referenceCategory", "PACKAGE-MANAGER",
				"referenceType", "purl", "referenceLocator", buf_str(&purl))) < 0 ||
		(*source &&
			json_object_set_new(made, "sourceInfo",
				json_sprintf("built from the source package %s", source)) < 0) ||
		json_array_append_new(json_object_get(doc, "packages"), made) < 0 ||
		json_array_append_new(json_object_get(doc, "relationships"),
			json_pack("{s:s, s:s, s:s}", "spdxElementId", "SPDXRef-Image",
				"relationshipType", "CONTAINS", "relatedSpdxElement", spdx_id)) < 0)
		return fail_memory(err);
	return 0;
}

/* The document with the image as its one package. */
static json_t *document_new(
	const char *image, const struct digest *manifest, int64_t created_s, const char *version)
{
	char hex[DIGEST_TEXT_MAX];
	char time[TIME_TEXT_MAX];
	json_t *root = plain_package("SPDXRef-Image", image, *version ? version : NONE);

	(void)time_format(created_s * 1000, time);
	(void)memcpy(time + strlen("2026-01-31T12:00:00"), "Z", 2); /* SPDX has whole seconds */
	(void)digest_hex(manifest, hex);
	(void)json_object_set_new(root, "primaryPackagePurpose", json_string("OPERATING-SYSTEM"));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s, s:[s]}, s:[o], s:[{s:s, s:s, s:s}]}",
		"spdxVersion", "SPDX-2.3", "dataLicense", "CC0-1.0", "SPDXID", "SPDXRef-DOCUMENT",
		"name", image, "documentNamespace",
		json_sprintf("https://spdx.org/spdxdocs/slipway-%s", hex), "creationInfo",
		"created", time, "creators", "Tool: slipway-" SLIPWAY_VERSION, "packages", root,
		"relationships", "spdxElementId", "SPDXRef-DOCUMENT", "relationshipType",
		"DESCRIBES", "relatedSpdxElement", "SPDXRef-Image");
}

int sbom_make(const struct tree *tree, const char *image, const struct digest *manifest,
	int64_t created_s, json_t **ret, struct error *err)
{
	const char *status = json_str(tree->texts, DPKG_STATUS_FILE, NULL);
	const char *release = json_str(
		tree->texts, "usr/lib/os-release", json_str(tree->texts, "etc/os-release", ""));
	auto_json json_t *packages = NULL;
	auto_json json_t *doc = NULL;
	const json_t *package;
	char id[64];
	char version[64];
	size_t i;
	int r;

	*ret = NULL;
	if (!status)
		return 0;
	release_value(release, "ID", id);
	release_value(release, "VERSION_ID", version);
	r = dpkg_status_parse(status, strlen(status), &packages, err);
	doc = document_new(image, manifest, created_s, version);
	if (r == 0 && !doc)
		r = fail_memory(err);
	json_array_foreach (packages, i, package)
		if (r == 0)
			r = package_add(doc, package, i + 1, id, version, err);
	if (r == 0)
		*ret = take_ptr(&doc);
	return r;
}

void sbom_name(const char *image, const struct digest *manifest, char *out)
{
	const char *tag = strrchr(image, ':');
	char hex[DIGEST_TEXT_MAX];
	size_t n = tag && !strchr(tag, '/') ? (size_t)(tag - image) : strlen(image);

	(void)snprintf(out, REFERENCE_MAX, "%.*s:sha256-%s.sbom", (int)n, image,
		digest_hex(manifest, hex));
}
