// SPDX-License-Identifier: Apache-2.0
/* Tests base/netif.c on the one interface that every host has, and its messages. */
#include "base/netif.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void loopback_is_found(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct netif lo;

	assert_int_equal(netif_find("lo", &lo, &err), 0);
	assert_true(lo.loopback && !lo.ethernet && lo.index > 0);
	assert_string_equal(lo.name, "lo");
	assert_int_equal(netif_choose_address(&lo, (struct in_addr){ htonl(0xc0000201) }, &err),
		-EADDRNOTAVAIL);
	assert_non_null(strstr(err.text, "lo does not have the address 192.0.2.1"));
}

static void a_missing_one_is_told(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct netif none;

	assert_int_equal(netif_find("no-such0", &none, &err), -ENODEV);
	assert_non_null(strstr(err.text, "'no-such0'"));
}

static void names_are_bounded(void **state)
{
	(void)state;
	struct netif list[64] = { { .name = "lo", .loopback = true } };
	char out[NETIF_NAMES_MAX];

	assert_string_equal(netif_names(list, 1, out), "none");
	list[1] = (struct netif){ .name = "eno1", .address = { htonl(0x0a090001) }, .prefix = 24 };
	list[2] = (struct netif){ .name = "eno2" };
	assert_string_equal(netif_names(list, 3, out), "eno1 (10.9.0.1/24), eno2 (no address)");
	for (size_t i = 3; i < 64; i++)
		list[i] = list[2];
	assert_true(strlen(netif_names(list, 64, out)) < NETIF_NAMES_MAX);
	assert_string_equal(out + strlen(out) - 5, ", ...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_is_found),
		cmocka_unit_test(a_missing_one_is_told),
		cmocka_unit_test(names_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
