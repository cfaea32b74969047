// SPDX-License-Identifier: Apache-2.0
/* Recipes: what is wrong in one is said in one sentence that names the place. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "bundles/recipe.h"

static char root[] = "/tmp/slipway-recipe-XXXXXX";

#define HEAD  "name: demo\nversion: 1\n"
#define IMAGE HEAD "images:\n  - name: os/x\n    debian: {suite: bookworm}\n"
#define FILES IMAGE "    files:\n      - "

static const struct {
	const char *text;
	const char *error; /* part of the error; NULL: it is good */
} rows[] = {
	{ IMAGE, NULL },
	{ IMAGE "    kernel_args: [quiet, \"console=ttyS0,115200n8\"]\n    min_disk: 2G\n", NULL },
	{ FILES "{path: /etc/x, content: \"\"}\n", NULL },
	{ FILES "{path: /etc/x, source: here.txt, mode: \"0755\"}\n", NULL },
	{ IMAGE "    units: {enable: [a.service, b@c.timer], mask: [d.service]}\n", NULL },
	{ HEAD "containers:\n  - {name: \"app:1\", from: \"docker://registry.example/app:1\"}\n",
		NULL },
	{ HEAD "containers:\n  - {name: app, from: \"docker-archive:here.txt\"}\n", NULL },
	{ HEAD "files:\n  - {name: notes.txt, source: here.txt}\n", NULL },
	{ "", "empty" },
	{ HEAD, "nothing to put" },
	{ "version: 1\n", "'name' is missing" },
	{ "name: demo\n", "'version' is missing" },
	{ "name: Demo!\nversion: 1\n", "'name' must be" },
	{ "name: demo\nversion: 0\n", "'version' must be 1" },
	{ "name: demo\nversion: one\n", "'version' must be" },
	{ HEAD "image: []\n", "unknown key 'image'" },
	{ IMAGE "    packages: [x]\n", "images[0]: unknown key 'packages'" },
	{ IMAGE "    kind: disk\n", "kind 'disk'" },
	{ HEAD "images:\n  - {name: os/x, kind: disk, disk: here.txt}\n", NULL },
	{ HEAD "images:\n  - {name: os/x, kind: rootfs, disk: here.txt}\n", "kind 'rootfs'" },
	{ HEAD "images:\n  - {name: os/x, disk: here.txt, units: {}}\n", "taken as it is" },
	{ HEAD "images:\n  - {name: os/x, disk: none.raw}\n", "none.raw" },
	{ IMAGE "    rootfs_tar: here.txt\n", "give one of" },
	{ HEAD "images:\n  - {name: os/x}\n", "give one of" },
	{ HEAD "images:\n  - {name: os/x, debian: {suite: \"--hook\"}}\n", "is no suite" },
	{ HEAD "images:\n  - {name: os/x, debian: {suite: sid, packages: [\"-x\"]}}\n",
		"no valid name" },
	{ HEAD "images:\n  - {name: os/x, debian: {suite: sid, packages: [\"a,b\"]}}\n",
		"no valid name" },
	{ HEAD "images:\n  - {name: os/x, debian: {suite: sid, mirror: \"; rm\"}}\n", "mirror" },
	{ HEAD "images:\n  - {name: os/x, rootfs_tar: none.tar}\n", "none.tar" },
	{ HEAD "images:\n  - {name: os/x, container: \"oci:none:1\"}\n", "none" },
	{ HEAD "images:\n  - {name: os/x, container: \"podman:x\"}\n", "does not start with" },
	{ HEAD "images:\n  - {name: os/x, container: \"docker://x\", units: {}}\n",
		"taken as it is" },
	{ FILES "{path: etc/x, content: a}\n", "no absolute path" },
	{ FILES "{path: /etc/../x, content: a}\n", "no absolute path" },
	{ FILES "{path: /etc/x}\n", "either 'source' or 'content'" },
	{ FILES "{path: /etc/x, content: a, source: here.txt}\n", "either" },
	{ FILES "{path: /etc/x, source: none.txt}\n", "none.txt" },
	{ FILES "{path: /etc/x, content: a, mode: \"0999\"}\n", "octal" },
	{ FILES "{path: /etc/x, content: a, owner: root}\n", "unknown key 'owner'" },
	{ IMAGE "    units: {start: [x]}\n", "unknown key 'start'" },
	{ IMAGE "    units: {enable: [\"../x\"]}\n", "no valid name" },
	{ IMAGE "    kernel_args: [\"a b\"]\n", "kernel argument" },
	{ IMAGE "    kernel_args: [\"a'b\"]\n", "kernel argument" },
	{ IMAGE "    min_disk: much\n", "min_disk" },
	{ IMAGE "  - {name: os/x, debian: {suite: sid}}\n", "given twice" },
	{ HEAD "containers:\n  - {name: App, from: \"docker://x\"}\n", "no image name" },
	{ HEAD "files:\n  - {name: \"../x\", source: here.txt}\n", "no valid name" },
	{ HEAD "files:\n  - {name: x, source: none.txt}\n", "none.txt" },
	{ HEAD "files: [\n", "line" },
};

static int setup(void **state)
{
	struct error err = { 0 };
	char path[64];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/here.txt", root);
	return file_write(path, "x", 1, 0644, &err);
}

static int teardown(void **state)
{
	struct error err = { 0 };

	(void)state;
	return remove_tree(root, &err);
}

static void recipe_rows(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/recipe.yaml", root);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_recipe r = { 0 };
		struct error err = { 0 };
		int e;

		assert_int_equal(
			file_write(path, rows[i].text, strlen(rows[i].text), 0644, &err), 0);
		e = recipe_load(path, &r, &err);
		if (!rows[i].error && e < 0)
			test_failed("row %zu: %s", i, err.text);
		if (rows[i].error && (e == 0 || !strstr(err.text, rows[i].error)))
			test_failed("row %zu: '%s' is not in '%s'", i, rows[i].error, err.text);
		if (rows[i].error && strncmp(err.code, "SW-600", 6) != 0)
			test_failed("row %zu: code '%s' of '%s'", i, err.code, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipe_rows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
