// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <jansson.h>

#include "provisioner/daemon/events.h"

static void count(void *arg)
{
	(*(int *)arg)++;
}

static void test_numbers(void **state)
{
	struct events *e = NULL;
	struct error err = { 0 };
	int told = 0;

	(void)state;
	assert_int_equal(events_new(1000, &e, &err), 0);
	events_on_publish(e, count, &told);
	assert_null(events_find(e, 1000));
	events_publish(e, "machine", json_pack("{s:s}", "id", "m1"));
	assert_string_equal(events_find(e, 1000)->data, "{\"id\":\"m1\"}");
	assert_null(events_find(e, 999));
	assert_null(events_find(e, 1001));
	events_publish(e, "machine", NULL);
	assert_int_equal(events_next(e), 1001);
	assert_int_equal(told, 1);
	events_free(e);
}

static void test_overrun(void **state)
{
	struct events *e = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(events_new(1, &e, &err), 0);
	for (int i = 0; i < EVENTS_MAX + 10; i++)
		events_publish(e, "n", json_integer(i));
	assert_int_equal(events_oldest(e), 11);
	assert_null(events_find(e, 10));
	assert_string_equal(events_find(e, 11)->data, "10");
	events_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
