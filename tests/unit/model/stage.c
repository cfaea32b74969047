// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/model/stage.h"

static void test_facts(void **state)
{
	struct error err = { 0 };
	enum stage back;

	(void)state;
	for (unsigned i = 0; i < STAGE_COUNT; i++) {
		enum stage s = (enum stage)i;

		assert_true(strlen(stage_name(s)) < STAGE_NAME_MAX);
		assert_int_equal(stage_parse(stage_name(s), &back, &err), 0);
		assert_int_equal(back, s);
		assert_true(*stage_waits_for(s));
		assert_true(s == STAGE_READY || stage_checks(s)[0]);
	}
	assert_true(stage_parse("limbo", &back, &err) < 0);
}

static void test_usual(void **state)
{
	struct stage_history h = { 0 };
	int64_t first = stage_usual_ms(&h, STAGE_WRITE);

	(void)state;
	for (int i = 0; i < STAGE_HISTORY_LEAST - 1; i++)
		stage_history_add(&h, STAGE_WRITE, 7000);
	assert_int_equal(stage_usual_ms(&h, STAGE_WRITE), first);
	stage_history_add(&h, STAGE_WRITE, 900000); /* one that hung */
	assert_int_equal(stage_usual_ms(&h, STAGE_WRITE), 7000);
	for (int i = 0; i < STAGE_HISTORY; i++)
		stage_history_add(&h, STAGE_WRITE, 9000);
	assert_int_equal(stage_usual_ms(&h, STAGE_WRITE), 9000);
	stage_history_add(&h, STAGE_WRITE, -1);
	assert_int_equal(stage_usual_ms(&h, STAGE_WRITE), 9000);
}

static void test_wait(void **state)
{
	static const struct stage_history h;
	auto_json json_t *early = stage_wait_json(&h, STAGE_BOOT, 1000, 61000);
	auto_json json_t *late = stage_wait_json(&h, STAGE_BOOT, 1000, 121001);

	(void)state;
	assert_false(json_bool(early, "late", true));
	assert_int_equal(json_array_size(json_object_get(early, "checks")), 0);
	assert_true(json_bool(late, "late", false));
	assert_true(json_array_size(json_object_get(late, "checks")) > 0);
	assert_int_equal(json_int(late, "since_ms", 0), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
