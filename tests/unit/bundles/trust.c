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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trust_adds_lists_and_removes),
		cmocka_unit_test(trust_refuses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
