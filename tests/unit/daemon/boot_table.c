// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "provisioner/daemon/boot_table.h"

static struct mac mac_of(unsigned i)
{
	return (struct mac){ { 0x52, 0x54, 0, 0, (uint8_t)(i >> 8), (uint8_t)i } };
}

static void test_set_and_clear(void **state)
{
	struct boot_table *t = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(boot_table_new(&t, &err), 0);
	for (unsigned i = 0; i < 1000; i++) {
		struct mac mac = mac_of(i * 7919 % 1000);

		assert_int_equal(boot_table_set_local(t, &mac, true, &err), 0);
		assert_int_equal(boot_table_set_local(t, &mac, true, &err), 0);
	}
	for (unsigned i = 0; i < 1000; i += 3) {
		struct mac mac = mac_of(i);

		assert_int_equal(boot_table_set_local(t, &mac, false, &err), 0);
	}
	for (unsigned i = 0; i < 1100; i++) {
		struct mac mac = mac_of(i);

		assert_int_equal(boot_table_is_local(t, &mac), i < 1000 && i % 3 != 0);
	}
	boot_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_set_and_clear) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
