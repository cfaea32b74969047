// SPDX-License-Identifier: Apache-2.0
/* What the attached screen shows. */
#include "tests/unit/unit.h"

#include "provisioner/agent/screen.h"

static const struct screen_view waiting = {
	.name = "m-7",
	.check_code = "1234-5678",
	.state = "waiting for approval",
	.waits_for = "slipway machine approve m-7",
	.since_ms = 1000,
	.address = "10.9.0.57 on eth0",
};

static void a_line_for_serial_consoles(void **state)
{
	struct screen_view v = waiting;
	auto_buf out = { 0 };

	(void)state;
	screen_render_line(&v, &out);
	assert_string_equal(buf_str(&out), "m-7 [1234-5678] waiting for approval; waiting for "
					   "slipway machine approve m-7");
	buf_reset(&out);
	v = (struct screen_view){ .state = "writing: layer 1/2",
		.done_bytes = 50000000,
		.total_bytes = 200000000,
		.rate_bps = 10000000,
		.problem = "no answer" };
	screen_render_line(&v, &out);
	assert_string_equal(buf_str(&out), "writing: layer 1/2; 25 %, 50.0 MB of 200.0 MB, "
					   "10.0 MB/s, 15 s left; problem: no answer");
}

static void a_whole_screen(void **state)
{
	struct screen_view v = waiting;
	auto_buf out = { 0 };

	(void)state;
	screen_render(&v, 126000, &out);
	assert_non_null(strstr(buf_str(&out), "Check code   1234-5678\n"));
	assert_non_null(strstr(buf_str(&out), "Since        2 min 05 s\n"));
	assert_null(strstr(buf_str(&out), "Problem"));
	assert_null(strstr(buf_str(&out), "["));
	v.total_bytes = 100;
	v.done_bytes = 50;
	screen_render(&v, 126000, &out);
	assert_non_null(strstr(buf_str(&out), "[####################....................] 50 %"));
}

static void words_of_others_stay_on_their_line(void **state)
{
	struct screen s = { 0 };

	(void)state;
	screen_state(&s, "evil\n\x1b[31mline", "state %d", 1);
	assert_string_equal(s.view.waits_for, "evil [31mline");
	screen_name(&s, "a\rb", "1234-5678-90");
	assert_string_equal(s.view.name, "ab");
	assert_string_equal(s.view.check_code, "1234-5678");
}

static void a_wait_tells_what_is_usual_and_what_to_check(void **state)
{
	const struct screen_wait wait = { .waits_for = "an answer",
		.usual = "a second",
		.check = "the cable",
		.since_ms = 1000 };
	struct screen s = { 0 };
	auto_buf out = { 0 };

	(void)state;
	screen_wait(&s, &wait, "no network yet");
	screen_wait(&s, &wait, "asking");
	assert_int_equal(s.view.since_ms, 1000);
	screen_render_line(&s.view, &out);
	assert_string_equal(
		buf_str(&out), "asking; waiting for an answer; usually a second; check the cable");
	buf_reset(&out);
	screen_render(&s.view, 126000, &out);
	assert_non_null(strstr(buf_str(&out), "Since        2 min 05 s\n"));
	assert_non_null(strstr(buf_str(&out), "Check        the cable\n"));
	screen_state(&s, NULL, "found");
	assert_string_equal(s.view.check, "");
	assert_true(s.view.since_ms > 1000);
}

/* Told by another thread, it is drawn by the next call of the screen's own. */
static void the_address_follows_the_network(void **state)
{
	struct screen s = { 0 };

	(void)state;
	screen_address(&s, "10.9.0.%d on eth0", 57);
	screen_state(&s, NULL, "found");
	assert_string_equal(s.view.address, "10.9.0.57 on eth0");
	screen_address(&s, "none; eth0: its link is gone");
	screen_state(&s, NULL, "waiting");
	assert_string_equal(s.view.address, "none; eth0: its link is gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_for_serial_consoles),
		cmocka_unit_test(a_whole_screen),
		cmocka_unit_test(a_wait_tells_what_is_usual_and_what_to_check),
		cmocka_unit_test(the_address_follows_the_network),
		cmocka_unit_test(words_of_others_stay_on_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
