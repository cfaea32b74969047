// SPDX-License-Identifier: Apache-2.0
/* Which network card is asked. */
#include "tests/unit/unit.h"

#include "provisioner/agent/link.h"

static const struct mac boot_mac = { { 2, 0, 0, 0, 0, 2 } };

static struct netif card(int index, bool carrier)
{
	struct netif n = { .index = index, .ethernet = true, .up = true, .carrier = carrier };

	n.mac[0] = 2;
	n.mac[5] = (uint8_t)index;
	return n;
}

static void prefers_the_booted_card(void **state)
{
	const struct netif list[] = { { .index = 9, .loopback = true, .carrier = true },
		card(1, true), card(2, true) };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 3, &boot_mac);
	assert_int_equal(l.n, 2);
	assert_int_equal(links_boot(&l)->netif.index, 2);
	assert_int_equal(links_choose(&l, 1000)->netif.index, 2);
}

static void knows_a_card_by_its_permanent_address(void **state)
{
	struct netif list[] = { card(1, true), card(3, true) };
	struct links l = { 0 };

	(void)state;
	memcpy(list[1].permanent_mac, boot_mac.bytes, sizeof(boot_mac.bytes));
	links_update(&l, list, 2, &boot_mac);
	assert_int_equal(links_boot(&l)->netif.index, 3);
}

static void waits_for_a_late_link(void **state)
{
	struct netif list[] = { card(1, true), card(2, false) };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 2, &boot_mac);
	assert_null(links_choose(&l, 1000));
	assert_null(links_choose(&l, 1000 + LINK_PATIENCE_MS - 1));
	list[1].carrier = true;
	links_update(&l, list, 2, &boot_mac);
	assert_int_equal(links_choose(&l, 70000)->netif.index, 2);
}

static void tries_others_after_a_while(void **state)
{
	const struct netif list[] = { card(1, true), card(2, false), card(3, true) };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 3, &boot_mac);
	assert_int_equal(links_choose(&l, 1000 + LINK_PATIENCE_MS)->netif.index, 1);
	links_update(&l, list, 3, &boot_mac);
	assert_int_equal(links_choose(&l, 97000)->netif.index, 3);
	assert_int_equal(links_choose(&l, 117000)->netif.index, 1);
}

static void gives_each_a_turn_when_nobody_answers(void **state)
{
	const struct netif list[] = { card(1, true), card(2, true) };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 2, &boot_mac);
	assert_int_equal(links_choose(&l, 1000)->netif.index, 2);
	assert_int_equal(links_choose(&l, 1000 + LINK_ATTEMPT_MS)->netif.index, 1);
	assert_int_equal(links_choose(&l, 1000 + 2 * LINK_ATTEMPT_MS)->netif.index, 2);
}

static void tries_others_at_once_where_the_appliance_is_not(void **state)
{
	const struct netif list[] = { card(1, true), card(2, true) };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 2, &boot_mac);
	links_choose(&l, 1000)->astray = true;
	links_update(&l, list, 2, &boot_mac);
	assert_int_equal(links_choose(&l, 1500)->netif.index, 1);
	assert_int_equal(links_choose(&l, 2000)->netif.index, 2);
}

static void gives_the_booted_cards_driver_time(void **state)
{
	const struct netif list[] = { card(1, true) };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 1, &boot_mac);
	assert_null(links_choose(&l, 1000));
	assert_int_equal(links_choose(&l, 1000 + LINK_DRIVER_MS)->netif.index, 1);
}

static void takes_any_where_none_was_named(void **state)
{
	const struct netif list[] = { card(1, false), card(2, true) };
	const struct mac none = { { 0 } };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 2, &none);
	assert_null(links_boot(&l));
	assert_int_equal(links_choose(&l, 1000)->netif.index, 2);
}

static void rests_longer_each_time(void **state)
{
	const struct netif list[] = { card(2, true) };
	struct links l = { .since_ms = 1000 };
	int64_t now_ms = 1000, before_ms = 0;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct link *link;

		links_update(&l, list, 1, &boot_mac);
		link = links_choose(&l, now_ms);
		assert_non_null(link);
		link_rest(link, now_ms, i * 2654435761u);
		assert_in_range(link->pause_ms, LINK_REST_FIRST_MS, LINK_REST_MOST_MS);
		assert_true(link->pause_ms > before_ms || link->pause_ms >= LINK_REST_MOST_MS / 2);
		before_ms = link->pause_ms;
		links_update(&l, list, 1, &boot_mac);
		assert_null(links_choose(&l, now_ms + link->pause_ms - 1));
		assert_ptr_equal(links_resting(&l), &l.at[0]);
		now_ms += before_ms;
	}
	assert_true(before_ms >= LINK_REST_MOST_MS * 4 / 5);
}

static void rests_for_a_time_of_its_own(void **state)
{
	struct link a = { 0 }, b = { 0 };

	(void)state;
	link_rest(&a, 0, 1);
	link_rest(&b, 0, 400);
	assert_int_not_equal(a.pause_ms, b.pause_ms);
}

static void tries_at_once_where_a_cable_was_moved(void **state)
{
	struct netif list[] = { card(2, true) };
	struct links l = { .since_ms = 1000 };

	(void)state;
	links_update(&l, list, 1, &boot_mac);
	for (int i = 0; i < 5; i++)
		link_rest(&l.at[0], 1000, 0);
	assert_null(links_choose(&l, 2000));
	list[0].carrier = false;
	links_update(&l, list, 1, &boot_mac);
	assert_null(links_resting(&l));
	list[0].carrier = true;
	links_update(&l, list, 1, &boot_mac);
	assert_non_null(links_choose(&l, 2000));
	assert_null(links_resting(&l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefers_the_booted_card),
		cmocka_unit_test(knows_a_card_by_its_permanent_address),
		cmocka_unit_test(waits_for_a_late_link),
		cmocka_unit_test(tries_others_after_a_while),
		cmocka_unit_test(gives_each_a_turn_when_nobody_answers),
		cmocka_unit_test(tries_others_at_once_where_the_appliance_is_not),
		cmocka_unit_test(gives_the_booted_cards_driver_time),
		cmocka_unit_test(rests_longer_each_time),
		cmocka_unit_test(rests_for_a_time_of_its_own),
		cmocka_unit_test(tries_at_once_where_a_cable_was_moved),
		cmocka_unit_test(takes_any_where_none_was_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
