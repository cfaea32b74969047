// SPDX-License-Identifier: Apache-2.0
/* A store with images in it, for the tests of what stands on one. */
#pragma once

#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/store.h"

struct sample {
	char root[64];
	struct store *store;
};

/* Puts a manifest with one layer under a name; its digest is returned. */
static inline struct digest sample_image(
	struct sample *s, const char *name, const char *kind, const char *layer, json_t *notes)
{
	struct error err = { 0 };
	struct digest config;
	struct digest content;
	struct digest manifest;
	auto_json json_t *entries = json_array();
	auto_json json_t *doc = NULL;
	auto_free char *text = NULL;
	json_t *entry;

	assert_int_equal(store_put(s->store, "{}", 2, &config, &err), 0);
	assert_int_equal(store_put(s->store, layer, strlen(layer), &content, &err), 0);
	doc = json_pack("{s:i, s:s, s:o, s:[o]}", "schemaVersion", 2, "mediaType",
		OCI_TYPE_MANIFEST, "config", oci_descriptor_json(OCI_TYPE_CONFIG, &config, 2),
		"layers", oci_descriptor_json(OCI_TYPE_LAYER_ZSTD, &content, strlen(layer)));
	assert_int_equal(json_write(doc, &text, &err), 0);
	assert_int_equal(store_put(s->store, text, strlen(text), &manifest, &err), 0);
	entry = oci_descriptor_json(OCI_TYPE_MANIFEST, &manifest, strlen(text));
	if (!notes)
		notes = json_object();
	json_object_set_new(notes, OCI_NOTE_NAME, json_string(name));
	json_object_set_new(notes, OCI_NOTE_KIND, json_string(kind));
	json_object_set_new(entry, "annotations", notes);
	json_array_append_new(entries, entry);
	assert_int_equal(store_update_index(s->store, entries, NULL, NULL, &err), 0);
	return manifest;
}

static inline int sample_start(struct sample *s)
{
	struct error err = { 0 };
	char path[96];

	(void)snprintf(s->root, sizeof(s->root), "/tmp/slipway-sample-XXXXXX");
	if (!mkdtemp(s->root))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/store", s->root);
	return store_open_with(path, true, &store_ops_volatile, &s->store, &err) ||
	       store_lock(s->store, &err);
}

static inline int sample_end(struct sample *s)
{
	struct error err = { 0 };

	store_close(s->store);
	return remove_tree(s->root, &err);
}
