// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that changes a store, one after the other: it is made, takes in a bundle, then a newer
 * one, drops a name and lets go of what is left over. For tests that break it somewhere.
 */
#pragma once

#include <sys/mman.h>

#include "bundles/import.h"
#include "bundles/store_fsck.h"
#include "bundles/store_gc.h"
#include "bundles/writer.h"
#include "tests/unit/bundles/sample.h"

#define SCENARIO_BUNDLE "demo"
#define SCENARIO_NAME   "docker.io/library/app:1.0" /* in both versions, dropped in the end */
#define SCENARIO_STEPS  5

struct scenario {
	char root[64]; /* in memory, where there is such a file system */
	struct trust_key key;
	struct trust trust;
	int bundles[2]; /* descriptors, version 1 and 2 */
};

static inline int scenario_bundle(
	struct sample *source, const struct minisign_secret *key, uint64_t version)
{
	auto_statement st = { .name = SCENARIO_BUNDLE, .version = version };
	const struct writer_options options = { .key = key };
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct error err = { 0 };

	assert_int_equal(writer_state(source->store, &st, &err), 0);
	assert_int_equal(writer_write(source->store, &st, &options, fd, &err), 0);
	return fd;
}

/* Makes the two bundles; version 2 has a layer of large_bytes. */
static inline void scenario_start(struct scenario *sc, size_t large_bytes)
{
	auto_free char *layer = malloc(large_bytes + 1);
	struct sample source;
	struct minisign_secret key;
	struct error err = { 0 };

	(void)snprintf(sc->root, sizeof(sc->root), "%s/slipway-store-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(sc->root));
	assert_int_equal(sample_start(&source), 0);
	assert_int_equal(minisign_generate(&key, &err), 0);
	sc->key = (struct trust_key){ .name = "site", .public = key.public };
	sc->trust = (struct trust){ .keys = &sc->key, .count = 1 };
	for (size_t i = 0; i < large_bytes; i++)
		layer[i] = (char)('a' + i % 23);
	layer[large_bytes] = '\0';
	sample_image(&source, SCENARIO_NAME, "container", "the first layer of app", NULL);
	sc->bundles[0] = scenario_bundle(&source, &key, 1);
	sample_image(&source, SCENARIO_NAME, "container", layer, NULL);
	sample_image(&source, "os/debian", "rootfs", "a root file system", NULL);
	sc->bundles[1] = scenario_bundle(&source, &key, 2);
	assert_int_equal(sample_end(&source), 0);
}

static inline void scenario_end(struct scenario *sc)
{
	struct error err = { 0 };

	(void)close(sc->bundles[0]);
	(void)close(sc->bundles[1]);
	assert_int_equal(remove_tree(sc->root, &err), 0);
}

static inline int scenario_import(
	struct scenario *sc, struct store *s, int version, struct error *err)
{
	const struct import_options o = { .trust = &sc->trust, .store = s };
	auto_import_result result = { 0 };

	assert_true(lseek(sc->bundles[version - 1], 0, SEEK_SET) == 0);
	return import_run(sc->bundles[version - 1], &o, &result, err);
}

static inline int scenario_drop(struct store *s, struct error *err)
{
	auto_json json_t *names = json_array();

	if (json_array_append_new(names, json_string(SCENARIO_NAME)) < 0)
		return fail_memory(err);
	return store_drop_names(s, names, err);
}

/* Runs it; told() learns of each step that was acknowledged, from 1 to SCENARIO_STEPS. */
static inline int scenario_run(struct scenario *sc, const char *path, const struct store_ops *ops,
	void (*told)(int step), struct error *err)
{
	const struct store_gc_options now = { .grace_s = -60 };
	struct store_gc gc;
	auto_store *s = NULL;
	int r = store_open_with(path, true, ops, &s, err);

	for (int step = 1; r == 0; step++) {
		if (told)
			told(step);
		if (step == 1 || step == 2)
			r = scenario_import(sc, s, step, err);
		else if (step == 3)
			r = scenario_drop(s, err);
		else if (step == 4)
			r = store_gc(s, &now, &gc, err);
		else
			return 0;
	}
	return r;
}

/* Opens the store as the next run would and looks at every byte of it. How far the scenario came
 * by its names, from 1 to SCENARIO_STEPS - 1 (gc changes none). */
static inline int scenario_check(const char *path, const char *what)
{
	const struct store_fsck_options o = { 0 };
	auto_store *s = NULL;
	auto_fsck found = { 0 };
	struct store_bundle bundle;
	struct error err = { 0 };

	if (store_open_with(path, true, &store_ops_volatile, &s, &err) < 0 ||
		store_fsck(s, &o, &found, &err) < 0 ||
		store_find_bundle(s, SCENARIO_BUNDLE, &bundle, &err) < 0)
		test_failed("%s: %s", what, err.text);
	if (store_fsck_is_bad(&found) || json_array_size(found.findings) > 0)
		test_failed("%s: %zu damaged, %zu missing; %s", what, found.damaged, found.missing,
			found.index.text);
	if (bundle.version < 2)
		return 1 + (int)bundle.version;
	return store_find(s, SCENARIO_NAME) ? 3 : 4;
}
