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
		cmocka_unit_test(takes_any_where_none_was_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
