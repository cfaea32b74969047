// SPDX-License-Identifier: Apache-2.0
/* Tests images/boot_disk.c: the patched block lists. */
#include "tests/unit/unit.h"

#include "images/boot_disk.h"

static void test_boot_code(void **state)
{
	uint8_t boot[512] = { 0xeb, [510] = 0x55, [511] = 0xaa };
	struct error err = { 0 };

	(void)state;
	boot[0x66] = 0xeb;
	assert_int_equal(boot_code_patch(boot, sizeof(boot), 0x0102030405, &err), 0);
	assert_memory_equal(boot + 0x5c, "\x05\x04\x03\x02\x01\0\0\0\xff", 9);
	assert_memory_equal(boot + 0x66, "\x90\x90", 2);
	assert_int_equal(boot_code_patch(boot, 511, 1, &err), -EINVAL);
	boot[511] = 0;
	assert_int_equal(boot_code_patch(boot, sizeof(boot), 1, &err), -EINVAL);
}

static void test_core(void **state)
{
	uint8_t core[3 * 512 + 1] = { [510] = 0x20, [511] = 0x08 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(boot_core_patch(core, sizeof(core), 2048, &err), 0);
	assert_memory_equal(core + 500, "\x01\x08\0\0\0\0\0\0\x03\0\x20\x08", 12);
	assert_int_equal(boot_core_patch(core, 512, 2048, &err), -EINVAL);
	core[511] = 0;
	assert_int_equal(boot_core_patch(core, sizeof(core), 2048, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_code),
		cmocka_unit_test(test_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
