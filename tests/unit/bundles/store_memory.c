// SPDX-License-Identifier: Apache-2.0
/*
 * No memory: whichever allocation fails, ours or jansson's, the store is sound and the error says
 * so, and the same work succeeds with memory. (Linked with --wrap for our own allocations.)
 *
 *	store_memory       every 7th allocation of the scenario
 *	store_memory all   every one
 */
#include "tests/unit/unit.h"

#include <stdatomic.h>
#include <string.h>

#include "tests/unit/bundles/scenario.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);

static atomic_long left = -1; /* allocations until one fails; negative: none does */
static struct scenario scenario;
static long stride = 7;
static int acknowledged;

static bool is_refused(void)
{
	if (atomic_load(&left) < 0)
		return false;
	return atomic_fetch_sub(&left, 1) == 0;
}

void *__wrap_malloc(size_t n)
{
	return is_refused() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return is_refused() ? NULL : __real_realloc(p, n);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return is_refused() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
	return is_refused() ? NULL : __real_strdup(s);
}

static void acknowledge(int step)
{
	acknowledged = step;
}

/* One run whose n-th allocation fails; false where there were not so many. */
static bool memory_run(long n)
{
	struct error err = { 0 };
	char path[96];
	char what[64];
	bool met;
	int found;
	int r;

	(void)snprintf(path, sizeof(path), "%s/store", scenario.root);
	(void)snprintf(what, sizeof(what), "allocation %ld fails", n);
	acknowledged = 0;
	atomic_store(&left, n);
	r = scenario_run(&scenario, path, &store_ops_volatile, acknowledge, &err);
	met = atomic_exchange(&left, -1) < 0;
	if (r < 0 && !err.text[0])
		test_failed("%s: without a word", what);
	found = scenario_check(path, what);
	if (found < acknowledged && found < SCENARIO_STEPS - 1)
		test_failed("%s: acknowledged %d, found %d", what, acknowledged, found);
	if (found < 3 && scenario_run(&scenario, path, &store_ops_volatile, NULL, &err) < 0)
		test_failed("%s: with memory again: %s", what, err.text);
	assert_int_equal(remove_tree(path, &err), 0);
	return met;
}

static void store_survives_no_memory(void **state)
{
	long n = 0;
	long runs = 0;

	(void)state;
	scenario_start(&scenario, 3000);
	for (; memory_run(n); n += stride)
		runs++;
	printf("%ld of %ld allocations failed, 0 bad\n", runs, n);
	assert_true(runs > 10);
	scenario_end(&scenario);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store_survives_no_memory),
	};

	if (argc > 1 && strcmp(argv[1], "all") == 0)
		stride = 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
