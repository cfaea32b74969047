// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "provisioner/daemon/route.h"

static const struct route table[] = {
	{ "GET", "/api/v1/machines", NULL },
	{ "POST", "/api/v1/machines/approve", NULL },
	{ "GET", "/api/v1/machines/{}", NULL },
	{ "POST", "/api/v1/machines/{}/approve", NULL },
	{ 0 },
};

static void test_found(void **state)
{
	static const struct {
		const char *method, *path;
		size_t entry;
		const char *hole;
	} rows[] = {
		{ "GET", "/api/v1/machines", 0, "" },
		{ "POST", "/api/v1/machines/approve", 1, "" },
		{ "GET", "/api/v1/machines/r1", 2, "r1" },
		{ "GET", "/api/v1/machines/approve", 2, "approve" },
		{ "POST", "/api/v1/machines/52:54:00:00:00:01/approve", 3, "52:54:00:00:00:01" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct route *found;
		struct route_match match;
		struct error err = { 0 };

		assert_int_equal(
			route_find(table, rows[i].method, rows[i].path, &found, &match, &err), 0);
		assert_int_equal(found - table, rows[i].entry);
		assert_string_equal(match.hole[0], rows[i].hole);
	}
}

static void test_not_found(void **state)
{
	static const struct {
		const char *method, *path;
		int number;
	} rows[] = {
		{ "GET", "", -ENOENT },
		{ "GET", "/", -ENOENT },
		{ "GET", "/api/v1/machines/", -ENOENT },
		{ "GET", "/api/v1/machines/r1/", -ENOENT },
		{ "GET", "/api/v1//machines", -ENOENT },
		{ "GET", "/api/v1/machines/a/b", -ENOENT },
		{ "DELETE", "/api/v1/machines", -EOPNOTSUPP },
	};
	char longest[ROUTE_TEXT_MAX + 32] = "/api/v1/machines/";
	const struct route *found;
	struct route_match match;
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			route_find(table, rows[i].method, rows[i].path, &found, &match, &err),
			rows[i].number);
	memset(longest + strlen(longest), 'x', ROUTE_TEXT_MAX);
	assert_int_equal(route_find(table, "GET", longest, &found, &match, &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
