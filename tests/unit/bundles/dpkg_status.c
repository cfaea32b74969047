// SPDX-License-Identifier: Apache-2.0
/* dpkg's status file. */
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/dpkg_status.h"

static const char text[] = "Package: zlib1g\n"
			   "Status: install ok installed\n"
			   "Maintainer: Mark <mark@example.org>\n"
			   "Architecture: amd64\n"
			   "Source: zlib (1:1.2)\n"
			   "Version: 1:1.2.13.dfsg-1\n"
			   "Description: a library\n"
			   " Version: no field, but a line that goes on\n"
			   "\n"
			   "Package: gone\n"
			   "Status: deinstall ok config-files\n"
			   "Version: 1\n"
			   "\n"
			   "\n"
			   "Package: adduser\n"
			   "Status: install ok installed\n"
			   "Version: 3.134";

static void only_what_is_installed_sorted(void **state)
{
	auto_json json_t *list = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(dpkg_status_parse(text, sizeof(text) - 1, &list, &err), 0);
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_str(json_array_get(list, 0), "name", ""), "adduser");
	assert_string_equal(json_str(json_array_get(list, 0), "architecture", "?"), "");
	assert_string_equal(json_str(json_array_get(list, 1), "version", ""), "1:1.2.13.dfsg-1");
	assert_string_equal(json_str(json_array_get(list, 1), "source", ""), "zlib (1:1.2)");
}

static void nothing_and_nonsense_are_no_packages(void **state)
{
	static const char *const texts[] = { "", "\n\n", "Package", "Package: x\n",
		"Status: install ok installed\n", ":\n: x\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_json json_t *list = NULL;
		struct error err = { 0 };

		assert_int_equal(dpkg_status_parse(texts[i], strlen(texts[i]), &list, &err), 0);
		assert_int_equal(json_array_size(list), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_installed_sorted),
		cmocka_unit_test(nothing_and_nonsense_are_no_packages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
