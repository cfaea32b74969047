// SPDX-License-Identifier: Apache-2.0
/*
 * Disks that refuse: whatever fails, the store is sound, the error names the remedy, and the same
 * work succeeds once the fault is gone.
 *
 *	store_faults       a quarter of the places where a step can fail
 *	store_faults all   every one
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/bundles/faulty_ops.h"
#include "tests/unit/bundles/scenario.h"

#define LARGE     (1u << 20) /* a layer for which room is set aside */
#define SIZES     200        /* of small disks */
#define SIZE_STEP (8u << 10)

static const int errors[] = { EIO, ENOSPC, EROFS, EDQUOT };
static struct scenario scenario;
static bool every;
static int acknowledged;

static void acknowledge(int step)
{
	acknowledged = step;
}

/* Every failure that reaches somebody has a code and says what to do. */
static void remedy_check(const struct error *err, const char *what)
{
	if (!err->code[0] || !err->hint[0])
		test_failed("%s: no remedy in '%s'", what, err->text);
}

/* The store as the fault has left it, then the same work without it. */
static void after_check(const char *path, const char *what)
{
	struct error err = { 0 };
	int found;

	fault.at = 0;
	fault_disk_small = false;
	found = scenario_check(path, what);
	if (found < acknowledged && found < SCENARIO_STEPS - 1)
		test_failed("%s: acknowledged %d, found %d", what, acknowledged, found);
	if (found >= 3) {
		assert_int_equal(remove_tree(path, &err), 0);
		return;
	}
	if (scenario_run(&scenario, path, &fault_ops, acknowledge, &err) < 0)
		test_failed("%s: once the fault was gone: %s", what, err.text);
	assert_int_equal(scenario_check(path, what), 4);
	assert_int_equal(remove_tree(path, &err), 0);
}

/* One run with a fault; false where it was never met. */
static bool fault_run(struct fault f)
{
	struct error err = { 0 };
	char path[96];
	char what[96];
	int r;

	(void)snprintf(path, sizeof(path), "%s/store", scenario.root);
	(void)snprintf(what, sizeof(what), "kind %d, number %d, '%s' %s", (int)f.step, f.at,
		strerror(f.number), f.for_ever ? "for ever" : "once");
	fault = f;
	acknowledged = 0;
	r = scenario_run(&scenario, path, &fault_ops, acknowledge, &err);
	if (fault.met < f.at) {
		assert_int_equal(r, 0);
		assert_int_equal(remove_tree(path, &err), 0);
		return false;
	}
	if (r < 0)
		remedy_check(&err, what);
	else if (f.step != FAULT_UNLINK)
		test_failed("%s: it was not noticed", what);
	after_check(path, what);
	return true;
}

static void store_survives_failing_steps(void **state)
{
	long runs = 0;

	(void)state;
	for (int i = 0; i < FAULT_STEP_COUNT * 8; i++) {
		struct fault f = { .step = (enum fault_step)(i / 8),
			.number = errors[i % 4],
			.for_ever = i % 8 / 4 };
		bool met = true;

		for (f.at = 1; met; f.at++) {
			if (!every && f.at > 1 && (f.at + i) % 4 != 0 && f.at < 64)
				continue;
			met = fault_run(f);
			runs += met;
		}
	}
	printf("%ld runs with a failing step, 0 bad\n", runs);
}

/* Refused before the first byte, or ended in the middle: the figure is told, the store is sound. */
static void store_survives_small_disks(void **state)
{
	int refused = 0;
	int ended = 0;
	int fitted = 0;

	(void)state;
	for (int i = 0; i < SIZES; i++) {
		struct error err = { 0 };
		char path[96];
		char what[64];
		int r;

		(void)snprintf(path, sizeof(path), "%s/store", scenario.root);
		(void)snprintf(what, sizeof(what), "small disk %d", i);
		fault_disk_small = true;
		fault_disk_free = (uint64_t)i * (i % 2 ? 16 * SIZE_STEP : SIZE_STEP);
		fault_disk_promised = i % 2 ? 0 : 64u << 20; /* somebody else fills it meanwhile */
		acknowledged = 0;
		r = scenario_run(&scenario, path, &fault_ops, acknowledge, &err);
		if (r < 0)
			remedy_check(&err, what);
		refused += r < 0 && strstr(err.text, "are free");
		ended += r < 0 && !strstr(err.text, "are free");
		fitted += r == 0;
		after_check(path, what);
	}
	printf("%d sizes: %d refused with the figure, %d ended in the middle, %d fitted, 0 bad\n",
		SIZES, refused, ended, fitted);
	assert_true(refused > 0 && ended > 0 && fitted > 0);
}

static int setup(void **state)
{
	(void)state;
	scenario_start(&scenario, LARGE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scenario_end(&scenario);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store_survives_failing_steps),
		cmocka_unit_test(store_survives_small_disks),
	};

	every = argc > 1 && strcmp(argv[1], "all") == 0;
	return cmocka_run_group_tests(tests, setup, teardown);
}
