// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "provisioner/daemon/index.h"

#define MANY 20000

static char names[MANY][16];

/* Everything put is found until it is removed, over growth and reuse of slots. */
static void test_many(void **state)
{
	struct index x;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(index_init(&x, &err), 0);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "name-%zu", i);
		assert_int_equal(
			index_put(&x, INDEX_NAME, names[i], strlen(names[i]), names[i], &err), 0);
	}
	for (size_t i = 0; i < MANY; i += 2)
		index_remove(&x, INDEX_NAME, names[i], strlen(names[i]), names[i]);
	for (size_t i = 0; i < MANY; i++) {
		const char *want = i % 2 ? names[i] : NULL;

		assert_ptr_equal(index_find(&x, INDEX_NAME, names[i], strlen(names[i])), want);
		assert_null(index_find(&x, INDEX_ID, names[i], strlen(names[i])));
	}
	index_done(&x);
}

static void test_churn(void **state)
{
	struct index x;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(index_init(&x, &err), 0);
	for (uint32_t i = 0; i < 100000; i++) {
		assert_int_equal(index_put(&x, INDEX_TOKEN, &i, sizeof(i), &x, &err), 0);
		index_remove(&x, INDEX_TOKEN, &i, sizeof(i), &x);
	}
	assert_true(x.cap <= 512);
	index_done(&x);
}

/* A key that another has taken over stays with it. */
static void test_taken_over(void **state)
{
	struct index x;
	struct error err = { 0 };
	int first, second;

	(void)state;
	assert_int_equal(index_init(&x, &err), 0);
	assert_int_equal(index_put(&x, INDEX_MAC, "m", 1, &first, &err), 0);
	assert_int_equal(index_put(&x, INDEX_MAC, "m", 1, &second, &err), 0);
	index_remove(&x, INDEX_MAC, "m", 1, &first);
	assert_ptr_equal(index_find(&x, INDEX_MAC, "m", 1), &second);
	index_done(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
