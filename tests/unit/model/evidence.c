// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include "base/cleanup.h"
#include "provisioner/model/evidence.h"

static void test_placeholders(void **state)
{
	static const struct {
		const char *text;
		bool placeholder;
	} rows[] = {
		{ "", true },
		{ "0", true },
		{ "00000000", true },
		{ "00000000-0000-0000-0000-000000000000", true },
		{ "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", true },
		{ "To be filled by O.E.M.", true },
		{ "to be filled by o.e.m.", true },
		{ "Default string", true },
		{ "0123456789", true },
		{ "03000200-0400-0500-0006-000700080009", true },
		{ "CZ3450ABCD", false },
		{ "4c4c4544-0051-3510-8052-b4c04f4d3732", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(evidence_is_placeholder(rows[i].text), rows[i].placeholder);
}

static struct evidence make(
	const char *boot_mac, const char *nic, const char *serial, const char *uuid)
{
	auto_json json_t *inventory = json_pack("{s:s, s:{s:s, s:s, s:s, s:s}, s:[{s:s}, {s:s}]}",
		"boot_mac", boot_mac, "dmi", "vendor", " Maker ", "product", "Model", "serial",
		serial, "uuid", uuid, "nics", "permanent_mac", nic, "permanent_mac", boot_mac);
	struct evidence e;
	struct error err = { 0 };

	assert_int_equal(evidence_from_inventory(inventory, &e, &err), 0);
	return e;
}

#define A "52:54:00:00:00:01"
#define B "52:54:00:00:00:02"
#define C "52:54:00:00:00:03"

static void test_compare(void **state)
{
	static const struct {
		const char *boot_mac, *nic, *serial, *uuid;
		enum evidence_match match;
	} rows[] = {
		{ A, B, "S-100", "U-100", EVIDENCE_FULL },
		{ A, B, " S-100 ", "u-100", EVIDENCE_FULL },
		{ B, A, "S-100", "U-100", EVIDENCE_PART }, /* booted from the other card */
		{ A, C, "S-100", "U-100", EVIDENCE_PART }, /* a card was changed */
		{ A, B, "S-200", "U-100", EVIDENCE_PART },
		{ C, C, "S-100", "U-200", EVIDENCE_PART },
		{ C, C, "S-200", "U-100", EVIDENCE_PART },
		{ C, B, "", "", EVIDENCE_PART }, /* a card that moved to another machine */
		{ C, C, "S-200", "U-200", EVIDENCE_NONE },
		{ C, C, "None", "0", EVIDENCE_NONE },
	};
	struct evidence known = make(A, B, "S-100", "U-100");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct evidence e =
			make(rows[i].boot_mac, rows[i].nic, rows[i].serial, rows[i].uuid);

		assert_int_equal(evidence_compare(&known, &e), rows[i].match);
		assert_int_equal(evidence_compare(&e, &known), rows[i].match);
	}
}

static void test_reading(void **state)
{
	struct evidence e = make(B, A, "To be filled by O.E.M.", "0000-0000");

	(void)state;
	assert_string_equal(e.vendor, "Maker");
	assert_string_equal(e.serial, "");
	assert_string_equal(e.uuid, "");
	assert_int_equal(e.macs_n, 2);
	assert_int_equal(e.macs[0].bytes[5], 1);
	e = make(A, "00:00:00:00:00:00", "S-100", "");
	assert_int_equal(e.macs_n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
