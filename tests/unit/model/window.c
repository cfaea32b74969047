// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "provisioner/model/window.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		bool fine;
	} rows[] = {
		{ "{\"count\":12,\"for_s\":1800}", true },
		{ "{\"count\":1,\"for_s\":1,\"profile\":\"worker\"}", true },
		{ "{\"count\":0,\"for_s\":1}", false },
		{ "{\"count\":-1,\"for_s\":1}", false },
		{ "{\"count\":1,\"for_s\":0}", false },
		{ "{\"count\":10001,\"for_s\":1}", false },
		{ "{\"count\":1,\"for_s\":86401}", false },
		{ "{\"count\":1}", false },
		{ "{\"count\":1,\"for_s\":1,\"profile\":\"No Name\"}", false },
		{ "{\"count\":1,\"for_s\":1,\"forever\":true}", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_json json_t *input = json_loads(rows[i].text, 0, NULL);
		struct error err = { 0 };
		struct window w;

		assert_int_equal(window_parse(input, 1000, &w, &err) == 0, rows[i].fine);
		if (!rows[i].fine)
			assert_string_equal(err.code, "SW-6004");
	}
}

static void test_open(void **state)
{
	struct window w = { .count = 2, .opened_ms = 1000, .until_ms = 2000 };

	(void)state;
	assert_false(window_open(&w, 999)); /* the clock went back */
	assert_true(window_open(&w, 1000));
	assert_true(window_open(&w, 1999));
	assert_false(window_open(&w, 2000));
	w.used = 2;
	assert_false(window_open(&w, 1500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
