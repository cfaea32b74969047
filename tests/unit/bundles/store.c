// SPDX-License-Identifier: Apache-2.0
/* The store: what is written is found, by name and by digest, and a step that fails loses nothing.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/store.h"
#include "tests/unit/bundles/broken_ops.h"

static char root[] = "/tmp/slipway-store-XXXXXX";

static int make_root(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	struct error err = { 0 };

	(void)state;
	return remove_tree(root, &err);
}

static const char *folder(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static json_t *entry_of(const char *name, const struct digest *d, uint64_t size)
{
	json_t *e = oci_descriptor_json("application/x-test", d, size);

	assert_int_equal(
		json_object_set_new(e, "annotations", json_pack("{s:s}", OCI_NOTE_NAME, name)), 0);
	return e;
}

static int put_named(struct store *s, const char *name, const char *text, struct error *err)
{
	auto_json json_t *entries = json_array();
	struct digest d;
	int r = store_lock(s, err);

	if (r == 0)
		r = store_put(s, text, strlen(text), &d, err);
	if (r < 0)
		return r;
	assert_int_equal(json_array_append_new(entries, entry_of(name, &d, strlen(text))), 0);
	return store_update_index(s, entries, NULL, NULL, err);
}

static void store_keeps_blobs_and_names(void **state)
{
	auto_store *s = NULL;
	auto_store *reader = NULL;
	struct error err = { 0 };
	const struct store_entry *e;
	auto_close int fd = -1;
	uint64_t size;
	char text[8] = "";

	(void)state;
	assert_int_equal(store_open(folder("a"), false, &s, &err), -ENOENT);
	assert_int_equal(store_open(folder("a"), true, &s, &err), 0);
	assert_int_equal(store_open(folder("a"), false, &reader, &err), 0);
	assert_null(store_find(reader, "app:1"));
	assert_int_equal(put_named(s, "app:1", "hello", &err), 0);
	e = store_find(reader, "app:1");
	assert_non_null(e);
	assert_int_equal(e->descriptor.size, 5);
	assert_int_equal(store_open_blob(reader, &e->descriptor.digest, &fd, &size, &err), 0);
	assert_int_equal(size, 5);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(put_named(s, "app:1", "another", &err), 0);
	assert_int_equal(store_find(reader, "app:1")->descriptor.size, 7);
	assert_int_equal(put_named(s, "app:2", "hello", &err), 0);
	assert_int_equal(store_find(reader, "app:1")->descriptor.size, 7);
	assert_int_equal(store_find(reader, "app:2")->descriptor.size, 5);
}

static void store_remembers_bundles(void **state)
{
	auto_store *s = NULL;
	struct error err = { 0 };
	struct store_bundle b = { .version = 7, .statement.bytes = { 1, 2, 3 } };
	struct store_bundle found;
	auto_json json_t *none = json_array();

	(void)state;
	assert_int_equal(store_open(folder("b"), true, &s, &err), 0);
	assert_int_equal(store_find_bundle(s, "demo", &found, &err), 0);
	assert_int_equal(found.version, 0);
	assert_int_equal(store_update_index(s, none, "demo", &b, &err), 0);
	assert_int_equal(put_named(s, "x", "y", &err), 0);
	assert_int_equal(store_find_bundle(s, "demo", &found, &err), 0);
	assert_int_equal(found.version, 7);
	assert_memory_equal(&found.statement, &b.statement, sizeof(b.statement));
}

static void store_refuses_other_bytes(void **state)
{
	auto_store *s = NULL;
	auto_store_writer w = { 0 };
	struct error err = { 0 };
	struct digest wanted = { { 0 } };

	(void)state;
	assert_int_equal(store_open(folder("c"), true, &s, &err), 0);
	assert_int_equal(store_writer_start(&w, s, 3, &err), 0);
	assert_int_equal(store_writer_add(&w, "abc", 3, &err), 0);
	assert_int_equal(store_writer_commit(&w, &wanted, NULL, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2006");
	assert_false(store_has_blob(s, &wanted, NULL));
}

static void store_has_one_writer(void **state)
{
	auto_store *a = NULL;
	auto_store *b = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(store_open(folder("d"), true, &a, &err), 0);
	assert_int_equal(store_open(folder("d"), true, &b, &err), 0);
	assert_int_equal(store_lock(a, &err), 0);
	assert_int_equal(store_lock(a, &err), 0);
	assert_int_equal(store_lock(b, &err), -EBUSY);
	store_close(take_ptr(&a));
	assert_int_equal(store_lock(b, &err), 0);
}

/* Whatever fails, the names are the old ones or the new ones, and lead to whole blobs. */
static void store_survives_every_failing_step(void **state)
{
	struct store_ops ops = broken_ops();
	struct error err = { 0 };
	bool failed = true;
	int n;

	(void)state;
	for (n = 1; failed; n++) {
		auto_store *s = NULL;
		auto_store *after = NULL;
		const struct store_entry *e;
		char path[256];
		uint64_t size;

		(void)snprintf(path, sizeof(path), "%s", folder("e"));
		assert_int_equal(remove_tree(path, &err), 0);
		broken_steps_left = n;
		failed = store_open_with(path, true, &ops, &s, &err) < 0 ||
			 put_named(s, "old", "old content", &err) < 0 ||
			 put_named(s, "new", "new content", &err) < 0;
		broken_steps_left = 0;
		store_close(take_ptr(&s));
		assert_int_equal(store_open(path, true, &after, &err), 0);
		e = store_find(after, "new");
		assert_true(e || failed);
		assert_true(!e || store_find(after, "old"));
		if (e)
			assert_true(
				store_has_blob(after, &e->descriptor.digest, &size) && size == 11);
		assert_int_equal(put_named(after, "new", "new content", &err), 0);
	}
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store_keeps_blobs_and_names),
		cmocka_unit_test(store_remembers_bundles),
		cmocka_unit_test(store_refuses_other_bytes),
		cmocka_unit_test(store_has_one_writer),
		cmocka_unit_test(store_survives_every_failing_step),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
