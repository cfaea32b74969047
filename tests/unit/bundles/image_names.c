// SPDX-License-Identifier: Apache-2.0
/* The rules by which manifests and lists name images. */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "bundles/image_names.h"

static const struct {
	const char *text;
	const char *names; /* "NAME@LINE " for each; NULL: an error */
} manifests[] = {
	{ "", "" },
	{ "kind: Pod\nspec:\n  containers:\n  - image: a:1\n  - {name: x, image: 'b:2'}\n", "a:1@4 b:2@5 " },
	{ "kind: Pod\nspec:\n  initContainers: [{image: a}]\n  ephemeralContainers: [{image: b}]\n",
		"a@3 b@4 " },
	{ "kind: A\n---\nspec: {template: {spec: {containers: [{image: a}]}}}\n---\nimage: b\n", "a@3 b@5 " },
	{ "{\"kind\":\"List\",\"items\":[{\"spec\":{\"image\":\"a:1\"}}]}", "a:1@1 " },
	{ "spec:\n  image:\n    registry: r.example\n    repository: a/b\n    tag: \"1\"\n",
		"r.example/a/b:1@3 " },
	{ "image: {repository: a, tag: 1, digest: 'sha256:0'}\n", "a:1@sha256:0@1 " },
	{ "volumes: [{image: {reference: a:1, pullPolicy: Always}}]\n", "a:1@1 " },
	{ "images: [a:1, b:2]\n", "a:1@1 b:2@1 " },
	{ "images:\n- name: x\n  image: a\n", "a@3 " },
	{ "sidecarImage: r.example/a:1\nlogoImage: none\nbaseImage: ''\n", "r.example/a:1@1 " },
	{ "env:\n- name: RELATED_IMAGE_X\n  value: a:1\n- {value: b:1, name: RELATED_IMAGE_Y}\n"
	  "- {name: OTHER, value: c:1}\n",
		"a:1@3 b:1@4 " },
	{ "a: &x b:1\nspec: {image: *x}\n", "b:1@2 " },
	{ "a: &x {image: b:1}\nc: *x\nd: {<<: *x}\n", "b:1@1 " },
	{ "image:\n", "" },
	{ "image: {type: string}\nimagePullPolicy: Always\nmyimage: a:1\n", "" },
	{ "data:\n  text: |\n    image: a:1\n", "" },
	{ "? {image: a}\n: {image: b}\n", NULL },
	{ "image: {{ .Values.image }}\n", NULL },
	{ "image: [\n", NULL },
	{ "\t- x", NULL },
}, lists[] = {
	{ "", "" },
	{ "registry.k8s.io/pause:3.9\n\n# a comment\n  a:1 # another\r\nb", "registry.k8s.io/pause:3.9@1 a:1@4 b@5 " },
};

static int note(const char *name, size_t line, void *arg, struct error *err)
{
	(void)err;
	buf_printf(arg, "%s@%zu ", name, line);
	return 0;
}

static void manifest_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(manifests) / sizeof(manifests[0]); i++) {
		auto_buf found = { 0 };
		struct error err = { 0 };
		int r = image_names_of_manifest(
			manifests[i].text, strlen(manifests[i].text), note, &found, &err);

		if ((r == 0) != !!manifests[i].names ||
			(r == 0 && strcmp(buf_str(&found), manifests[i].names) != 0))
			test_failed("row %zu: %d '%s' %s", i, r, buf_str(&found), err.text);
	}
}

static void list_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		auto_buf found = { 0 };
		struct error err = { 0 };

		assert_int_equal(image_names_of_list(
					 lists[i].text, strlen(lists[i].text), note, &found, &err),
			0);
		assert_string_equal(buf_str(&found), lists[i].names);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifest_rows),
		cmocka_unit_test(list_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
