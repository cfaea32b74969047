// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <unistd.h>

#include "base/process.h"

static void test_output(void **state)
{
	const char *const argv[] = { "printf", "a b", NULL };
	struct error err = { 0 };
	auto_buf out = { 0 };

	(void)state;
	assert_int_equal(process_run(argv, NULL, &out, &err), 0);
	assert_string_equal(buf_str(&out), "a b");
}

static void test_failure_quotes_the_last_line(void **state)
{
	const char *const argv[] = { "sh", "-c", "echo one >&2; echo two >&2; exit 3", NULL };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(process_run(argv, NULL, NULL, &err), -ECHILD);
	assert_string_equal(err.text, "sh failed (exit status 3): two");
}

static void test_missing_program(void **state)
{
	const char *const argv[] = { "slipway-no-such-program", NULL };
	struct error err = { 0 };
	struct process p = PROCESS_INIT;

	(void)state;
	assert_int_equal(process_start(&p, argv, NULL, &err), -ENOENT);
	assert_int_equal(p.pid, 0);
}

static void test_environment_is_replaced(void **state)
{
	const char *const argv[] = { "sh", "-c", "printf %s \"$HOME\"", NULL };
	const char *const env[] = { "HOME=/there", NULL };
	struct process_options opts = PROCESS_OPTIONS_INIT;
	struct error err = { 0 };
	auto_buf out = { 0 };

	(void)state;
	opts.env = env;
	assert_int_equal(process_run(argv, &opts, &out, &err), 0);
	assert_string_equal(buf_str(&out), "/there");
}

static void test_stop(void **state)
{
	const char *const argv[] = { "sh", "-c", "trap '' TERM; while :; do read x; done", NULL };
	struct process_options opts = PROCESS_OPTIONS_INIT;
	struct process p = PROCESS_INIT;
	struct error err = { 0 };
	int ends[2], status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	opts.in_fd = ends[0];
	assert_int_equal(process_start(&p, argv, &opts, &err), 0);
	assert_int_equal(process_wait(&p, 0, &status, &err), -ETIMEDOUT);
	process_stop(&p, 10);
	assert_int_equal(p.pid, 0);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output),
		cmocka_unit_test(test_failure_quotes_the_last_line),
		cmocka_unit_test(test_missing_program),
		cmocka_unit_test(test_environment_is_replaced),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
