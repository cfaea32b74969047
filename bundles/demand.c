// SPDX-License-Identifier: Apache-2.0
/* The check that a bundle is complete. */
#include "bundles/demand.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/image_names.h"
#include "bundles/pull.h"
#include "bundles/reference.h"

#define MISSING_SHOWN 700 /* bytes of what is missing in the error; all of it is said on the way   \
			   */

struct demand {
	struct create_job *job;
	const json_t *item; /* of the recipe: {source, from, ignore} */
	const char *file;   /* as errors call it */
	json_t *seen;       /* names that were looked at */
	struct buf missing;
	size_t missing_count;
};

static bool is_ignored(const json_t *item, const char *name)
{
	const json_t *ignored;
	size_t i;

	json_array_foreach (json_object_get(item, "ignore"), i, ignored)
		if (strcmp(json_string_value(ignored), name) == 0)
			return true;
	return false;
}

/* 0: the document is for the architectures that are wanted; else an error that says what it lacks.
 */
static int document_fits(struct create_job *job, const struct digest *d, struct error *err)
{
	const json_t *wanted = json_object_get(job->recipe->json, "arch");
	auto_document doc = { 0 };
	auto_free bool *keep = NULL;
	size_t kept;
	int r = store_read_document(job->store, d, &doc, err);

	if (r < 0)
		return r;
	if (doc.kind == OCI_KIND_MANIFEST) {
		struct platform p = container_platform(job->store, &doc.config);

		return platform_check(wanted, &p, err);
	}
	keep = calloc(doc.count + 1, sizeof(*keep));
	return keep ? platform_pick(&doc, wanted, keep, &kept, err) : fail_memory(err);
}

/* True where an entry is the document of a digest, or an index that leads to it. */
static bool entry_leads_to(
	struct create_job *job, const struct oci_descriptor *entry, const struct digest *d)
{
	auto_document doc = { 0 };
	struct error ignored = { 0 };

	if (digest_equal(&entry->digest, d))
		return true;
	if (store_read_document(job->store, &entry->digest, &doc, &ignored) < 0 ||
		doc.kind != OCI_KIND_INDEX)
		return false;
	for (size_t i = 0; i < doc.count; i++)
		if (digest_equal(&doc.items[i].digest, d) && store_has_blob(job->store, d, NULL))
			return true;
	return false;
}

/* The document that is pulled under a name: of the entry with that name, or the one with that
 * digest in the same repository. False where there is none. */
static bool document_find(
	struct create_job *job, const char *full, const char *pin, struct digest *ret)
{
	struct error ignored = { 0 };
	struct digest pinned;
	const json_t *entry;
	size_t n = strlen(full);
	size_t i;

	if (*pin && digest_parse(pin, &pinned, &ignored) < 0)
		return false;
	json_array_foreach (job->entries, i, entry) {
		const char *name = oci_annotation(entry, OCI_NOTE_NAME);
		struct oci_descriptor d;

		if (strncmp(name, full, n) != 0 || name[n] != (*pin ? ':' : '\0') ||
			strchr(name + n, '/') || oci_descriptor_parse(entry, &d, &ignored) < 0)
			continue;
		if (*pin && !entry_leads_to(job, &d, &pinned))
			continue;
		*ret = *pin ? pinned : d.digest;
		return true;
	}
	return false;
}

/* Pulls an image. One that is named by its digest alone gets a tag made of it. */
static int fetch(
	struct demand *d, const char *name, const char *full, const char *pin, struct error *err)
{
	struct create_job *job = d->job;
	auto_free char *source = NULL;
	char entry[REFERENCE_MAX];
	char work[4096];
	struct container c;
	int r;

	(void)snprintf(work, sizeof(work), "%s/image", job->work);
	if (snprintf(entry, sizeof(entry), "%s%s%s", full, *pin ? ":sha256-" : "",
		    *pin ? pin + strlen("sha256:") : "") >= (int)sizeof(entry))
		return fail(err, ENAMETOOLONG, "'%.80s'", name);
	if (asprintf(&source, PULL_TRANSPORT "%s%s%s", full, *pin ? "@" : "", pin) < 0)
		return fail_memory(err);
	create_say(job, entry, "copying");
	r = pull_image(
		job->store, source, json_object_get(job->recipe->json, "arch"), work, &c, err);
	return r < 0 ? r
		     : create_entry(job, entry, "container", c.media_type, &c.manifest, c.size,
			       json_object(), err);
}

static void missing_note(
	struct demand *d, const char *full, const char *pin, size_t line, const char *why)
{
	char text[REFERENCE_MAX + 300];

	(void)snprintf(text, sizeof(text), "%s%s%s (%s, line %zu)%s%s", full, *pin ? "@" : "", pin,
		d->file, line, *why ? ": " : "", why);
	create_say(d->job, "missing", text);
	if (d->missing.len + strlen(text) < MISSING_SHOWN)
		buf_printf(&d->missing, "%s%s", d->missing.len ? ", " : "", text);
	d->missing_count++;
}

static int name_take(const char *name, size_t line, void *arg, struct error *err)
{
	struct demand *d = arg;
	struct error why = { 0 };
	char full[REFERENCE_MAX];
	char pin[DIGEST_TEXT_MAX];
	char key[REFERENCE_MAX + DIGEST_TEXT_MAX];
	struct digest document;

	if (is_ignored(d->item, name))
		return 0;
	if (reference_resolve(name, full, pin, err) < 0) {
		(void)fail_in(err, "line %zu", line);
		return fail_hint(
			err, "Is it no image at all? Name it under 'ignore' of this item.");
	}
	(void)snprintf(key, sizeof(key), "%s@%s", full, pin);
	if (is_ignored(d->item, full) || json_object_get(d->seen, key))
		return 0;
	if (json_object_set_new(d->seen, key, json_true()) < 0)
		return fail_memory(err);
	if (!document_find(d->job, full, pin, &document)) {
		if (json_object_get(d->item, "from"))
			return fetch(d, name, full, pin, err);
		missing_note(d, full, pin, line, "");
	} else if (document_fits(d->job, &document, &why) < 0) {
		missing_note(d, full, pin, line, why.text);
	}
	return 0;
}

typedef int (*scan_fn)(const char *p, size_t n, image_name_fn found, void *arg, struct error *err);

static int file_scan(
	struct demand *d, const char *path, const char *shown, scan_fn scan, struct error *err)
{
	auto_buf text = { .max = IMAGE_NAMES_TEXT_MAX };
	int r = file_read(path, IMAGE_NAMES_TEXT_MAX, &text, err);

	d->file = shown;
	if (r == 0 && scan(buf_str(&text), text.len, name_take, d, err) < 0)
		r = fail_in(err, "%s", shown);
	return r;
}

static int is_manifest(const struct dirent *e)
{
	return fnmatch("*.y*ml", e->d_name, 0) == 0 || fnmatch("*.json", e->d_name, 0) == 0;
}

/* The manifests in a folder, in the order of their names. */
static int folder_scan(
	struct demand *d, const char *path, const char *shown, scan_fn scan, struct error *err)
{
	struct dirent **found = NULL;
	int n = scandir(path, &found, is_manifest, alphasort);
	int r = n < 0 ? fail(err, errno, "reading '%s'", path) : 0;

	for (int i = 0; i < n; i++) {
		auto_free char *full = NULL;
		auto_free char *name = NULL;

		if (asprintf(&full, "%s/%s", path, found[i]->d_name) < 0 ||
			asprintf(&name, "%s/%s", shown, found[i]->d_name) < 0)
			r = fail_memory(err);
		if (r == 0)
			r = file_scan(d, full, name, scan, err);
		free(found[i]);
	}
	free(found);
	return r;
}

static int item_scan(struct demand *d, const json_t *item, scan_fn scan, struct error *err)
{
	const char *source = json_str(item, "source", "");
	auto_free char *path = recipe_path(d->job->recipe, source);
	struct stat st;

	d->item = item;
	if (!path)
		return fail_memory(err);
	if (stat(path, &st) < 0)
		return fail(err, errno, "'%s'", path);
	return S_ISDIR(st.st_mode) ? folder_scan(d, path, source, scan, err)
				   : file_scan(d, path, source, scan, err);
}

static const struct {
	const char *key;
	scan_fn scan;
} lists[] = {
	{ "manifests", image_names_of_manifest },
	{ "image_lists", image_names_of_list },
};

static int demand_end(struct demand *d, int r, struct error *err)
{
	size_t count = d->missing_count;

	if (r == 0 && count > 0) {
		r = fail_code(err, ENOENT, "SW-6008", "%zu image%s named but not in the bundle: %s",
			count, count == 1 ? " is" : "s are", buf_str(&d->missing));
		(void)fail_hint(err, "Add what is missing to 'containers' or 'archives', or say "
				     "'from: registry' where it is named.");
	}
	buf_done(&d->missing);
	json_decref(d->seen);
	return r;
}

int demand_meet(struct create_job *job, struct error *err)
{
	struct demand d = { .job = job, .seen = json_object() };
	int r = d.seen ? 0 : fail_memory(err);

	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		const json_t *item;
		size_t i;

		json_array_foreach (json_object_get(job->recipe->json, lists[l].key), i, item)
			if (r == 0)
				r = item_scan(&d, item, lists[l].scan, err);
	}
	return demand_end(&d, r, err);
}
