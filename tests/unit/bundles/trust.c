// SPDX-License-Identifier: Apache-2.0
/* The folder of trusted keys. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "bundles/trust.h"

static char root[] = "/tmp/slipway-trust-XXXXXX";
static char folder[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	(void)snprintf(folder, sizeof(folder), "%s/trust", root);
	return 0;
}

static int teardown(void **state)
{
	struct error err = { 0 };

	(void)state;
	return remove_tree(root, &err);
}

static void key_file(const char *name, const struct minisign_public *key, char out[96])
{
	char text[MINISIGN_FILE_MAX];
	struct error err = { 0 };

	(void)snprintf(out, 96, "%s/%s", root, name);
	minisign_public_format(key, text);
	assert_int_equal(file_write(out, text, strlen(text), 0644, &err), 0);
}

static void trust_adds_lists_and_removes(void **state)
{
	auto_trust t = { 0 };
	auto_trust after = { 0 };
	struct trust_key key;
	struct minisign_secret pair;
	struct error err = { 0 };
	char path[96];
	char id[MINISIGN_ID_TEXT];

	(void)state;
	assert_int_equal(trust_load(folder, &t, &err), 0);
	assert_int_equal(t.count, 0);
	assert_int_equal(minisign_generate(&pair, &err), 0);
	key_file("site.pub", &pair.public, path);
	assert_int_equal(trust_add(folder, path, &key, &err), 0);
	assert_string_equal(key.name, "site");
	assert_int_equal(trust_add(folder, path, &key, &err), 1);
	assert_int_equal(trust_load(folder, &t, &err), 0);
	assert_int_equal(t.count, 1);
	assert_ptr_equal(trust_find(&t, pair.public.id), &t.keys[0]);
	assert_int_equal(trust_remove(folder, "nobody", &err), -ENOENT);
	assert_int_equal(trust_remove(folder, minisign_id_format(pair.public.id, id), &err), 0);
	assert_int_equal(trust_load(folder, &after, &err), 0);
	assert_int_equal(after.count, 0);
}

static void trust_refuses(void **state)
{
	struct trust_key key;
	struct minisign_secret a;
	struct minisign_secret b;
	struct error err = { 0 };
	char path[96];

	(void)state;
	assert_int_equal(minisign_generate(&a, &err), 0);
	assert_int_equal(minisign_generate(&b, &err), 0);
	key_file("one.pub", &a.public, path);
	assert_int_equal(trust_add(folder, path, &key, &err), 0);
	key_file("one.pub", &b.public, path); /* another key of the same name */
	assert_int_equal(trust_add(folder, path, &key, &err), -EEXIST);
	(void)snprintf(path, sizeof(path), "%s/none.pub", root);
	assert_int_equal(trust_add(folder, path, &key, &err), -ENOENT);
	assert_int_equal(file_write(path, "no key", 6, 0644, &err), 0);
	assert_int_equal(trust_add(folder, path, &key, &err), -EINVAL);
	assert_string_equal(err.code, "SW-2010");
}

/* A folder of its own with so many keys k0.pub, k1.pub ... */
static void folder_with(
	char dir[static 96], const char *name, struct minisign_secret *pairs, int count)
{
	struct trust_key key;
	struct error err = { 0 };
	char file[32];
	char path[96];

	(void)snprintf(dir, 96, "%s/%s", root, name);
	for (int i = 0; i < count; i++) {
		assert_int_equal(minisign_generate(&pairs[i], &err), 0);
		(void)snprintf(file, sizeof(file), "k%d.pub", i);
		key_file(file, &pairs[i].public, path);
		assert_int_equal(trust_add(dir, path, &key, &err), 0);
	}
}

static void trust_keeps_as_many_keys_as_are_needed(void **state)
{
	struct minisign_secret pairs[3];
	auto_trust t = { 0 };
	struct error err = { 0 };
	char dir[96];
	char path[128];

	(void)state;
	folder_with(dir, "threshold", pairs, 3);
	assert_int_equal(trust_set_threshold(dir, 0, &err), -EINVAL);
	assert_int_equal(trust_set_threshold(dir, 4, &err), -EINVAL);
	assert_string_equal(err.code, "SW-2042");
	assert_int_equal(trust_set_threshold(dir, 2, &err), 0);
	assert_int_equal(trust_remove(dir, "k0", &err), 0);
	assert_int_equal(trust_remove(dir, "k1", &err), -EPERM);
	assert_string_equal(err.code, "SW-2043");
	assert_int_equal(trust_load(dir, &t, &err), 0);
	assert_int_equal(t.count, 2);
	assert_int_equal(trust_needed(&t), 2);
	trust_done(&t);
	(void)snprintf(path, sizeof(path), "%s/threshold", dir);
	assert_int_equal(file_write(path, "two\n", 4, 0644, &err), 0);
	assert_int_equal(trust_load(dir, &t, &err), -EINVAL); /* never taken for one */
	assert_int_equal(t.count, 0);
}

static void vouch(const struct minisign_secret *by, const char *path, char out[112])
{
	auto_buf text = { 0 };
	char signature[MINISIGN_FILE_MAX];
	struct error err = { 0 };

	(void)snprintf(out, 112, "%s.minisig", path);
	assert_int_equal(file_read(path, MINISIGN_FILE_MAX, &text, &err), 0);
	assert_int_equal(minisign_sign(by, text.data, text.len, "vouched", signature, &err), 0);
	assert_int_equal(file_write(out, signature, strlen(signature), 0644, &err), 0);
}

static void trust_replaces_a_key_for_ever(void **state)
{
	struct minisign_secret pairs[2];
	struct minisign_secret fresh;
	struct trust_key old;
	struct trust_key key;
	auto_trust t = { 0 };
	struct error err = { 0 };
	char dir[96];
	char path[96];
	char sig[112];

	(void)state;
	folder_with(dir, "replace", pairs, 2);
	assert_int_equal(minisign_generate(&fresh, &err), 0);
	key_file("fresh.pub", &fresh.public, path);
	vouch(&fresh, path, sig); /* by itself */
	assert_int_equal(trust_replace(dir, path, sig, &old, &key, &err), -EBADMSG);
	assert_string_equal(err.code, "SW-2045");
	vouch(&pairs[1], path, sig);
	assert_int_equal(trust_replace(dir, path, sig, &old, &key, &err), 0);
	assert_string_equal(old.name, "k1");
	assert_string_equal(key.name, "fresh");
	assert_int_equal(trust_load(dir, &t, &err), 0);
	assert_int_equal(t.count, 2);
	assert_null(trust_find(&t, pairs[1].public.id));
	key_file("k1.pub", &pairs[1].public, path);
	assert_int_equal(trust_add(dir, path, &key, &err), -EPERM);
	assert_string_equal(err.code, "SW-2044");
	vouch(&fresh, path, sig); /* the way back */
	assert_int_equal(trust_replace(dir, path, sig, &old, &key, &err), -EPERM);
	assert_string_equal(err.code, "SW-2044");
}

static void trust_replaces_under_the_same_name(void **state)
{
	struct minisign_secret pair;
	struct minisign_secret fresh;
	struct trust_key old;
	struct trust_key key;
	auto_trust t = { 0 };
	struct error err = { 0 };
	char dir[96];
	char path[96];
	char sig[112];

	(void)state;
	folder_with(dir, "same", &pair, 1);
	assert_int_equal(minisign_generate(&fresh, &err), 0);
	key_file("k0.pub", &fresh.public, path);
	vouch(&pair, path, sig);
	assert_int_equal(trust_replace(dir, path, sig, &old, &key, &err), 0);
	assert_int_equal(trust_load(dir, &t, &err), 0);
	assert_int_equal(t.count, 1);
	assert_non_null(trust_find(&t, fresh.public.id));
}

/* Cut off in its last step: the old key's file is still there, and not believed. */
static void trust_does_not_read_what_was_replaced(void **state)
{
	struct minisign_secret pairs[2];
	auto_trust t = { 0 };
	struct error err = { 0 };
	char dir[96];
	char mark[160];
	char id[MINISIGN_ID_TEXT];

	(void)state;
	folder_with(dir, "cut", pairs, 2);
	(void)snprintf(mark, sizeof(mark), "%s/%s.replaced", dir,
		minisign_id_format(pairs[0].public.id, id));
	(void)minisign_id_format(pairs[1].public.id, id);
	assert_int_equal(file_write(mark, id, strlen(id), 0644, &err), 0);
	assert_int_equal(trust_load(dir, &t, &err), 0);
	assert_int_equal(t.count, 1);
	assert_null(trust_find(&t, pairs[0].public.id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trust_adds_lists_and_removes),
		cmocka_unit_test(trust_refuses),
		cmocka_unit_test(trust_keeps_as_many_keys_as_are_needed),
		cmocka_unit_test(trust_replaces_a_key_for_ever),
		cmocka_unit_test(trust_replaces_under_the_same_name),
		cmocka_unit_test(trust_does_not_read_what_was_replaced),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
