// SPDX-License-Identifier: Apache-2.0
/*
 * Changing the names of the store: index.json as it will be, then one rename.
 *
 * A name that goes, or that leads to something else from now on, leaves an entry without a name
 * behind, with the time in the annotation STORE_NOTE_DROPPED. So a machine or a containerd that has
 * read the old manifest finds the rest of it until gc lets go of the entry (store_gc.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "bundles/store_impl.h"

bool store_entry_is_held(const json_t *entry, int64_t *ret_since_s)
{
	const char *text = oci_annotation(entry, STORE_NOTE_DROPPED);

	*ret_since_s = text ? strtoll(text, NULL, 10) : 0;
	return text != NULL;
}

static const char *name_of(const json_t *entry)
{
	const char *name = oci_annotation(entry, OCI_NOTE_NAME);

	return name ? name : "";
}

static json_t *names_of(const json_t *entries)
{
	auto_json json_t *names = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach (entries, i, item)
		if (json_object_set_new(names, name_of(item), json_true()) < 0)
			return NULL;
	return take_ptr(&names);
}

/* json_deep_copy() that gives nothing, where it would leave out what it had no memory for. */
static json_t *copy_of(const json_t *value)
{
	auto_json json_t *copy = json_deep_copy(value);

	return json_equal(copy, value) ? take_ptr(&copy) : NULL;
}

static int entry_add(json_t *list, const json_t *entry, const char *bundle)
{
	json_t *copy = copy_of(entry);
	json_t *notes = json_object_get(copy, "annotations");

	if (bundle &&
		(!notes || json_object_set_new(notes, OCI_NOTE_BUNDLE, json_string(bundle)) < 0)) {
		json_decref(copy);
		return -ENOMEM;
	}
	return json_array_append_new(list, copy);
}

/* The entry as it is held: what it leads to, and since when. */
static int held_add(json_t *list, const json_t *entry)
{
	char since[TIME_TEXT_MAX];

	(void)snprintf(since, sizeof(since), "%lld", (long long)(now_ms() / 1000));
	return json_array_append_new(list,
		json_pack("{s:O, s:O, s:O, s:{s:s}}", "mediaType",
			json_object_get(entry, "mediaType"), "digest",
			json_object_get(entry, "digest"), "size", json_object_get(entry, "size"),
			"annotations", STORE_NOTE_DROPPED, since));
}

/* What the next index.json is made of. */
struct change {
	json_t *entries; /* with a name, or without one from the start */
	json_t *held;    /* oldest first */
};

static void change_done(struct change *c)
{
	json_decref(c->entries);
	json_decref(c->held);
}

/* Sorts the old entries into those that stay and those that are held. */
static int change_sort(struct change *c, const json_t *old, const json_t *replaced)
{
	const json_t *item;
	int64_t since;
	size_t i;
	int r = 0;

	json_array_foreach (old, i, item) {
		if (store_entry_is_held(item, &since))
			r = json_array_append(c->held, (json_t *)item);
		else if (json_object_get(replaced, name_of(item)))
			r = held_add(c->held, item);
		else
			r = entry_add(c->entries, item, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What has a name again needs no hold; more than STORE_HELD_MAX are not held, the oldest first. */
static int held_trim(struct change *c)
{
	auto_json json_t *named = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach (c->entries, i, item)
		if (json_object_set_new(named, json_str(item, "digest", ""), json_true()) < 0)
			return -ENOMEM;
	for (i = json_array_size(c->held); i-- > 0;)
		if (json_object_get(named, json_str(json_array_get(c->held, i), "digest", "")))
			(void)json_array_remove(c->held, i); /* it is there */
	while (json_array_size(c->held) > STORE_HELD_MAX)
		(void)json_array_remove(c->held, 0); /* it is there */
	return 0;
}

/* What refers to a manifest by cosign's tag, REPOSITORY:sha256-<hex>.sbom, .sig or .att, of the
 * entry `name`: all but the suffix. */
static void companion_stem(const char *name, const json_t *entry, char out[static STORE_NAME_MAX])
{
	const char *tag = strrchr(name, ':');
	const char *hex = strchr(json_str(entry, "digest", ""), ':');
	size_t n = tag && !strchr(tag, '/') ? (size_t)(tag - name) : strlen(name);

	(void)snprintf(out, STORE_NAME_MAX, "%.*s:sha256-%s", (int)n, name, hex ? hex + 1 : "");
}

/* The stems of the entries whose name goes, and to whose manifest no name leads from now on. */
static json_t *stems_of(const json_t *old, const json_t *replaced, const json_t *entries)
{
	auto_json json_t *stay = json_object();
	auto_json json_t *stems = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach (entries, i, item)
		if (json_object_set_new(stay, json_str(item, "digest", ""), json_true()) < 0)
			return NULL;
	json_array_foreach (old, i, item)
		if (*name_of(item) && !json_object_get(replaced, name_of(item)) &&
			json_object_set_new(stay, json_str(item, "digest", ""), json_true()) < 0)
			return NULL;
	json_array_foreach (old, i, item) {
		char stem[STORE_NAME_MAX];

		if (!*name_of(item) || !json_object_get(replaced, name_of(item)) ||
			json_object_get(stay, json_str(item, "digest", "")))
			continue;
		companion_stem(name_of(item), item, stem);
		if (json_object_set_new(stems, stem, json_true()) < 0)
			return NULL;
	}
	return stay ? take_ptr(&stems) : NULL;
}

/* What describes an image that goes, goes with it. */
static int companions_add(json_t *replaced, const json_t *old, const json_t *entries)
{
	auto_json json_t *stems = stems_of(old, replaced, entries);
	const json_t *item;
	size_t i;

	json_array_foreach (old, i, item) {
		const char *name = name_of(item);
		const char *dot = strrchr(name, '.');
		char stem[STORE_NAME_MAX];

		if (!dot || !strstr(name, ":sha256-"))
			continue;
		(void)snprintf(stem, sizeof(stem), "%.*s", (int)(dot - name), name);
		if (json_object_get(stems, stem) &&
			json_object_set_new(replaced, name, json_true()) < 0)
			return -ENOMEM;
	}
	return stems ? 0 : -ENOMEM;
}

static int change_make(struct change *c, const json_t *old, const json_t *replaced,
	const json_t *entries, const char *bundle)
{
	const json_t *item;
	size_t i;

	*c = (struct change){ json_array(), json_array() };
	if (!c->entries || !c->held || change_sort(c, old, replaced) < 0)
		return -ENOMEM;
	json_array_foreach (entries, i, item)
		if (entry_add(c->entries, item, bundle) < 0)
			return -ENOMEM;
	return held_trim(c);
}

static json_t *records_merge(
	const json_t *old, const char *bundle, const struct store_bundle *record)
{
	auto_json json_t *merged = old ? copy_of(old) : json_object();
	char key[STORE_NAME_MAX + sizeof(STORE_RECORD_PREFIX)];
	char digest[DIGEST_TEXT_MAX];

	if (!bundle)
		return take_ptr(&merged);
	(void)snprintf(key, sizeof(key), STORE_RECORD_PREFIX "%.*s", STORE_NAME_MAX, bundle);
	if (json_object_set_new(merged, key,
		    json_sprintf("%llu@%s", (unsigned long long)record->version,
			    digest_format(&record->statement, digest))) < 0)
		return NULL;
	return take_ptr(&merged);
}

/* Puts index.json in place: a synced file under a second name, then one rename. */
int store_index_replace(struct store *s, const char *text, struct error *err)
{
	auto_close int fd = -1;
	int r = s->ops->sync(s->blobs_fd); /* also for names that a killed run has linked */

	if (r < 0)
		return store_fail(err, r, "syncing '%s/blobs/sha256'", s->path);
	fd = store_write_unnamed(s, text, strlen(text), err);
	if (fd < 0)
		return fd;
	r = s->ops->unlink(s->dir_fd, "index.json.new"); /* left by a run that was killed */
	if (r == 0 || r == -ENOENT)
		r = s->ops->link(fd, s->dir_fd, "index.json.new");
	if (r == 0)
		r = s->ops->rename(s->dir_fd, "index.json.new", "index.json");
	if (r == 0)
		r = s->ops->sync(s->dir_fd);
	return r < 0 ? store_fail(err, r, "replacing '%s/index.json'", s->path) : 0;
}

/* The text of the change. Holding is a courtesy: it ends where the file would grow too large. */
static int change_format(struct store *s, const struct change *c, const json_t *records, char **ret,
	struct error *err)
{
	auto_json json_t *all = json_array();
	auto_free char *text = NULL;
	int r;

	if (json_array_size(c->entries) > STORE_ENTRIES_MAX)
		return fail_code(err, E2BIG, "SW-2012",
			"the store '%s' would hold more than %d names", s->path, STORE_ENTRIES_MAX);
	if (!all || json_array_extend(all, c->entries) < 0 || json_array_extend(all, c->held) < 0)
		return fail_memory(err);
	r = store_index_text(all, records, &text, err);
	if (r == 0 && strlen(text) > JSON_MAX_BYTES && json_array_size(c->held) > 0) {
		free(take_ptr(&text));
		r = store_index_text(c->entries, records, &text, err);
	}
	if (r < 0)
		return r;
	if (strlen(text) > JSON_MAX_BYTES)
		return fail_code(err, E2BIG, "SW-2012",
			"the index of the store '%s' would be larger than %u bytes", s->path,
			JSON_MAX_BYTES);
	*ret = take_ptr(&text);
	return 0;
}

static int change_write(struct store *s, struct change *c, const json_t *records, struct error *err)
{
	auto_free char *text = NULL;
	int r = change_format(s, c, records, &text, err);

	if (r == 0)
		r = store_index_replace(s, text, err);
	return r < 0 ? r : store_index_refresh(s, err);
}

static int index_change(struct store *s, json_t *replaced, const json_t *entries,
	const char *bundle, const struct store_bundle *record, struct error *err)
{
	auto_json json_t *records = NULL;
	struct change c = { 0 };
	int r = store_index_refresh(s, err);

	if (r < 0)
		return r;
	r = companions_add(replaced, json_object_get(s->index.json, "manifests"), entries);
	if (r == 0)
		r = change_make(
			&c, json_object_get(s->index.json, "manifests"), replaced, entries, bundle);
	records = records_merge(json_object_get(s->index.json, "annotations"), bundle, record);
	r = r < 0 || !records ? fail_memory(err) : change_write(s, &c, records, err);
	change_done(&c);
	return r;
}

int store_update_index(struct store *s, const json_t *entries, const char *bundle,
	const struct store_bundle *record, struct error *err)
{
	auto_json json_t *replaced = names_of(entries);

	return replaced ? index_change(s, replaced, entries, bundle, record, err)
			: fail_memory(err);
}

int store_drop_names(struct store *s, const json_t *names, struct error *err)
{
	auto_json json_t *dropped = json_object();
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name) {
		if (!store_find(s, json_string_value(name)))
			return fail_code(err, ENOENT, "SW-2066", "the store has no name '%s'",
				json_string_value(name));
		if (json_object_set_new(dropped, json_string_value(name), json_true()) < 0)
			return fail_memory(err);
	}
	return index_change(s, dropped, NULL, NULL, NULL, err);
}

int store_let_go(struct store *s, int64_t before_s, struct error *err)
{
	struct change c = { json_array(), json_array() };
	const json_t *item;
	int64_t since;
	size_t i;
	int r = 0;

	json_array_foreach (json_object_get(s->index.json, "manifests"), i, item)
		if (r == 0 && !store_entry_is_held(item, &since))
			r = json_array_append(c.entries, (json_t *)item);
		else if (r == 0 && since > before_s)
			r = json_array_append(c.held, (json_t *)item);
	if (r < 0 || !c.entries || !c.held)
		r = fail_memory(err);
	else if (json_array_size(c.entries) + json_array_size(c.held) <
		 json_array_size(json_object_get(s->index.json, "manifests")))
		r = change_write(s, &c, json_object_get(s->index.json, "annotations"), err);
	change_done(&c);
	return r;
}
