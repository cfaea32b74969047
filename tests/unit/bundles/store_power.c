// SPDX-License-Identifier: Apache-2.0
/*
 * A power cut at any moment: what was acknowledged is there, no name leads to anything that is not
 * whole, and the work goes on.
 *
 *	store_power           every step of the scenario with a few patterns of loss
 *	store_power N [SEED]  N states: random steps, random losses
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/bundles/recorder.h"
#include "tests/unit/bundles/scenario.h"

#define PATTERNS     9
#define RESUME_EVERY 16

static struct scenario scenario;
static int acknowledged[SCENARIO_STEPS + 1]; /* steps recorded when it was */
static uint64_t dice = 1;
static int pattern;
static long wanted; /* states; 0: the short run */

/* xorshift64*: the same seed gives the same states. */
static unsigned throw_dice(unsigned sides)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (unsigned)((dice * 2685821657736338717u) >> 33) % sides;
}

static enum rec_fate fate_of(const struct rec_step *s)
{
	switch (pattern) {
	case 0:
		return REC_LOST;
	case 1:
		return REC_DONE;
	case 2: /* names before contents, as file systems with delayed allocation did */
		return s->kind == REC_WRITE ? REC_LOST : REC_DONE;
	case 3:
		return s->kind == REC_WRITE ? REC_TORN : REC_DONE;
	case 4:
		return s->kind == REC_WRITE ? REC_ZEROS : REC_DONE;
	case 5: /* contents before names */
		return s->kind == REC_WRITE ? REC_DONE : REC_LOST;
	}
	return (enum rec_fate)throw_dice(4);
}

static void acknowledge(int step)
{
	acknowledged[step] = rec_count;
}

/* The last step of the scenario that was acknowledged after so many recorded ones. */
static int step_at(int steps)
{
	int step = 0;

	for (int i = 1; i <= SCENARIO_STEPS; i++)
		if (acknowledged[i] <= steps)
			step = i;
	return step;
}

static void state_check(int steps, long number)
{
	struct error err = { 0 };
	char above[80];
	char path[96];
	char what[96];
	int fd;
	int found;

	(void)snprintf(above, sizeof(above), "%s/after", scenario.root);
	(void)snprintf(path, sizeof(path), "%s/store", above);
	(void)snprintf(what, sizeof(what), "cut after step %d of %d, pattern %d, state %ld", steps,
		rec_count, pattern, number);
	assert_int_equal(mkdir(above, 0755), 0);
	fd = open(above, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	rec_put(0, fd, steps, fate_of);
	(void)close(fd);
	found = scenario_check(path, what);
	if (found < step_at(steps) && found < SCENARIO_STEPS - 1)
		test_failed("%s: acknowledged %d, found %d", what, step_at(steps), found);
	if (number % RESUME_EVERY == 0) {
		auto_store *s = NULL;

		assert_int_equal(store_open_with(path, true, &store_ops_volatile, &s, &err), 0);
		if (scenario_import(&scenario, s, 2, &err) < 0)
			test_failed("%s: going on: %s", what, err.text);
		assert_int_equal(scenario_check(path, what), 3);
	}
	assert_int_equal(remove_tree(above, &err), 0);
}

static void store_survives_power_cuts(void **state)
{
	struct error err = { 0 };
	char path[128];
	struct store_ops ops;
	long number = 0;

	(void)state;
	scenario_start(&scenario, 3000);
	ops = rec_start(scenario.root);
	(void)snprintf(path, sizeof(path), "%s/store", scenario.root);
	assert_int_equal(scenario_run(&scenario, path, &ops, acknowledge, &err), 0);
	for (int steps = 0; steps <= rec_count && !wanted; steps++)
		for (pattern = 0; pattern < PATTERNS; pattern++)
			state_check(steps, number++);
	for (pattern = PATTERNS; number < wanted; number++)
		state_check((int)throw_dice((unsigned)rec_count + 1), number);
	printf("%ld states of %d steps, 0 bad\n", number, rec_count);
	rec_end();
	scenario_end(&scenario);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store_survives_power_cuts),
	};

	wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	dice = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
