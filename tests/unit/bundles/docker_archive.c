// SPDX-License-Identifier: Apache-2.0
/* manifest.json of a docker-archive: what is one, and what none may say. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "bundles/docker_archive.h"

static const struct {
	const char *text;
	bool good;
} rows[] = {
	{ "[]", true },
	{ "[{\"Config\":\"c.json\",\"RepoTags\":[\"a:1\",\"b:2\"],\"Layers\":[\"0/layer.tar\"]}]",
		true },
	{ "[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":[],\"Parent\":\"x\"}]", true },
	{ "[{\"Config\":\"c.json\"}]", false },
	{ "[{\"Layers\":[]}]", false },
	{ "[{\"Config\":\"c.json\",\"Layers\":[1]}]", false },
	{ "[{\"Config\":\"c.json\",\"Layers\":[],\"RepoTags\":[1]}]", false },
	{ "[1]", false },
	{ "{}", false },
	{ "", false },
};

static void list_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *list = NULL;
		struct error err = { 0 };
		int r = docker_archive_parse(rows[i].text, strlen(rows[i].text), &list, &err);

		if ((r == 0) != rows[i].good)
			test_failed("row %zu: %d %s", i, r, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
