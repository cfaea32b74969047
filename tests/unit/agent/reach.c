// SPDX-License-Identifier: Apache-2.0
/* How long the appliance may be silent, without a network or a clock. */
#include "tests/unit/unit.h"

#include "provisioner/agent/reach.h"

static void asks_seldom_while_it_answers(void **state)
{
	struct reach_watch w;
	int64_t now_ms = 1000;

	(void)state;
	reach_watch_start(&w, now_ms);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(w.ask_ms, now_ms + REACH_ASK_MS);
		now_ms = w.ask_ms;
		assert_false(reach_watch_told(&w, now_ms, true));
	}
}

static void gives_up_after_a_long_silence(void **state)
{
	struct reach_watch w;
	int64_t first_ms;

	(void)state;
	reach_watch_start(&w, 0);
	first_ms = w.ask_ms;
	while (!reach_watch_told(&w, w.ask_ms, false)) {
		assert_true(w.ask_ms - first_ms <= REACH_SILENT_MS);
		assert_int_equal(w.silent_ms, first_ms);
	}
	assert_true(w.ask_ms - REACH_AGAIN_MS - first_ms >= REACH_SILENT_MS);
}

static void forgets_a_silence_that_ended(void **state)
{
	struct reach_watch w;

	(void)state;
	reach_watch_start(&w, 0);
	assert_false(reach_watch_told(&w, 1000, false));
	assert_false(reach_watch_told(&w, REACH_SILENT_MS, true));
	assert_false(reach_watch_told(&w, REACH_SILENT_MS + 2000, false));
	assert_int_equal(w.silent_ms, REACH_SILENT_MS + 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_seldom_while_it_answers),
		cmocka_unit_test(gives_up_after_a_long_silence),
		cmocka_unit_test(forgets_a_silence_that_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
