// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <stdio.h>

#include "provisioner/daemon/roster.h"

static struct machine machine_of(unsigned n, enum machine_state state)
{
	struct machine m = { .state = state, .changed_ms = n };

	snprintf(m.id, sizeof(m.id), "id-%u", n);
	snprintf(m.name, sizeof(m.name), "m-%u", n);
	m.evidence.boot_mac = (struct mac){ { 0x52, 0x54, 0, (uint8_t)(n >> 16), (uint8_t)(n >> 8),
		(uint8_t)n } };
	return m;
}

static void count(struct member *x, void *arg)
{
	unsigned *evicted = arg;

	*evicted = *evicted * 100000 + (unsigned)x->m.changed_ms;
}

static struct member *add(struct roster *r, unsigned n, enum machine_state state, unsigned *evicted)
{
	struct machine m = machine_of(n, state);
	struct member *x = NULL;
	struct error err = { 0 };

	assert_int_equal(roster_add(r, &m, count, evicted, &x, &err), 0);
	return x;
}

/* Strangers push out strangers, the longest unseen first, and nobody else. */
static void test_seen_are_bounded(void **state)
{
	struct roster r;
	struct error err = { 0 };
	unsigned evicted = 0;
	struct mac mac;

	(void)state;
	assert_int_equal(roster_init(&r, &err), 0);
	add(&r, 1, MACHINE_PENDING, &evicted);
	for (unsigned n = 2; n < ROSTER_SEEN_MAX + 2; n++)
		add(&r, n, MACHINE_SEEN, &evicted);
	assert_int_equal(evicted, 0);
	add(&r, ROSTER_SEEN_MAX + 2, MACHINE_SEEN, &evicted);
	assert_int_equal(evicted, 2);
	assert_null(roster_by_name(&r, "m-2"));
	assert_non_null(roster_by_name(&r, "m-1"));
	mac = machine_of(3, MACHINE_SEEN).evidence.boot_mac;
	assert_string_equal(roster_by_mac(&r, &mac)->m.id, "id-3");
	roster_done(&r);
}

static void test_references(void **state)
{
	struct roster r;
	struct error err = { 0 };
	unsigned evicted = 0;
	struct member *x, *y;

	(void)state;
	assert_int_equal(roster_init(&r, &err), 0);
	x = add(&r, 1, MACHINE_PENDING, &evicted);
	y = add(&r, 2, MACHINE_PENDING, &evicted);
	memcpy(x->m.evidence.serial, "S1", sizeof("S1"));
	assert_ptr_equal(roster_by_reference(&r, "id-1"), x);
	assert_ptr_equal(roster_by_reference(&r, "m-2"), y);
	assert_ptr_equal(roster_by_reference(&r, "52-54-00-00-00-01"), x);
	assert_ptr_equal(roster_by_reference(&r, "S1"), x);
	assert_null(roster_by_reference(&r, ""));
	memcpy(y->m.evidence.serial, "S1", sizeof("S1"));
	assert_null(roster_by_reference(&r, "S1"));
	roster_remove(&r, x);
	assert_null(roster_by_reference(&r, "m-1"));
	assert_ptr_equal(roster_by_reference(&r, "S1"), y);
	roster_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen_are_bounded),
		cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
