// SPDX-License-Identifier: Apache-2.0
/* Tests provisioner/daemon/service.c with small programs as children. */
#include "provisioner/daemon/service.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define DEADLINE_MS 20000

struct seen {
	char lines[256];
	char how[256];
	unsigned ends;
};

static void on_line(const char *line, size_t n, void *arg)
{
	struct seen *seen = arg;

	if (strlen(seen->lines) + n + 2 < sizeof(seen->lines)) {
		strncat(seen->lines, line, n);
		strncat(seen->lines, ";", 2);
	}
}

static void on_end(const char *how, unsigned in_a_row, void *arg)
{
	struct seen *seen = arg;

	(void)in_a_row;
	strncpy(seen->how, how, sizeof(seen->how) - 1);
	seen->ends++;
}

static struct service_status status_of(const struct service *s)
{
	struct service_status st;

	service_status(s, &st);
	return st;
}

/* Runs the loop until the child has been started `restarts` times again. */
static void run_until(sd_event *loop, const struct service *s, unsigned restarts)
{
	int64_t deadline_ms = monotonic_ms() + DEADLINE_MS;

	while (status_of(s).restarts < restarts || status_of(s).state != SERVICE_RUNNING) {
		assert_true(monotonic_ms() < deadline_ms);
		assert_true(sd_event_run(loop, 100000) >= 0);
	}
}

static struct service *begin(sd_event **loop, const char *const *argv, struct seen *seen)
{
	const struct service_options options = {
		.name = "child",
		.argv = argv,
		.on_line = on_line,
		.on_end = on_end,
		.arg = seen,
	};
	struct error err = { 0 };
	struct service *s = NULL;

	assert_true(sd_event_new(loop) >= 0);
	assert_int_equal(service_new(*loop, &options, &s, &err), 0);
	assert_int_equal(status_of(s).state, SERVICE_STOPPED);
	return s;
}

static void a_killed_and_a_stopped_child_come_back(void **state)
{
	(void)state;
	static const char *const argv[] = { "sleep", "1000", NULL };
	static const int signals[] = { SIGKILL, SIGSTOP, SIGTERM };
	struct seen seen = { 0 };
	struct error err = { 0 };
	sd_event *loop;
	struct service *s = begin(&loop, argv, &seen);

	assert_int_equal(service_start(s, &err), 0);
	for (unsigned i = 0; i < 3; i++) {
		pid_t before = status_of(s).pid;

		assert_int_equal(service_start(s, &err), 0); /* it runs already */
		assert_int_equal(status_of(s).pid, before);
		kill(before, signals[i]);
		run_until(loop, s, i + 1);
		assert_int_not_equal(status_of(s).pid, before);
		assert_int_equal(seen.ends, i + 1);
	}
	assert_string_equal(seen.how, "killed by signal 15");

	pid_t last = status_of(s).pid;

	service_stop(s);
	assert_int_equal(status_of(s).state, SERVICE_STOPPED);
	assert_int_equal(kill(last, 0), -1);
	service_free(s);
	sd_event_unref(loop);
}

static void last_words_are_told(void **state)
{
	(void)state;
	static const char *const argv[] = { "ls", "/slipway-is-not-here", NULL };
	struct seen seen = { 0 };
	struct error err = { 0 };
	sd_event *loop;
	struct service *s = begin(&loop, argv, &seen);

	assert_int_equal(service_start(s, &err), 0);
	run_until(loop, s, 2);
	assert_non_null(strstr(seen.lines, "/slipway-is-not-here"));
	assert_memory_equal(seen.how, "exit status 2: ls: ", 19);
	service_free(s);
	sd_event_unref(loop);
}

static void a_missing_program_is_an_error(void **state)
{
	(void)state;
	static const char *const argv[] = { "slipway-no-such-program", NULL };
	struct seen seen = { 0 };
	struct error err = { 0 };
	sd_event *loop;
	struct service *s = begin(&loop, argv, &seen);

	assert_int_equal(service_start(s, &err), -ENOENT);
	assert_non_null(strstr(err.text, "slipway-no-such-program"));
	assert_int_equal(status_of(s).state, SERVICE_STOPPED);
	service_free(s);
	sd_event_unref(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_and_a_stopped_child_come_back),
		cmocka_unit_test(last_words_are_told),
		cmocka_unit_test(a_missing_program_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
