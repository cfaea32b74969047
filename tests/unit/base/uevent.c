// SPDX-License-Identifier: Apache-2.0
/* Device events. */
#include "tests/unit/unit.h"

#include "base/uevent.h"

static void reads_an_event(void **state)
{
	static const char text[] = "add@/devices/pci0000:00/0000:00:04.0/block/vda\0ACTION=add\0"
				   "SUBSYSTEM=block\0DEVTYPE=disk\0DEVNAME=vda\0SEQNUM=7";
	struct uevent e;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(uevent_parse((const uint8_t *)text, sizeof(text), &e, &err), 0);
	assert_string_equal(e.action, "add");
	assert_string_equal(e.subsystem, "block");
	assert_string_equal(e.devtype, "disk");
	assert_string_equal(e.modalias, "");
	assert_string_equal(e.devname, "vda");
}

static void refuses_what_is_none(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		{ "", 0 },
		{ "add@/x", 6 }, /* no end */
		{ "libudev\0\xfe\xed", 10 },
		{ "\0", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uevent e;
		struct error err = { 0 };

		assert_int_equal(
			uevent_parse((const uint8_t *)rows[i].text, rows[i].n, &e, &err), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_an_event),
		cmocka_unit_test(refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
