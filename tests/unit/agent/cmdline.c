// SPDX-License-Identifier: Apache-2.0
/* The kernel command line. */
#include "tests/unit/unit.h"

#include "provisioner/agent/cmdline.h"

#define PIN     "slipway.pin=sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SERVERS "slipway.server=10.9.0.1:8443 slipway.http=10.9.0.1:80"

static void reads_what_the_boot_script_says(void **state)
{
	static const char line[] = "initrd=initrd quiet " SERVERS " " PIN
				   " slipway.mac=52-54-00-ab-CD-01 console=ttyS0\n";
	struct cmdline c;
	struct error err = { 0 };
	char mac[MAC_TEXT_MAX], spki[CMDLINE_SPKI_MAX];

	(void)state;
	assert_int_equal(cmdline_parse(line, strlen(line), &c, &err), 0);
	assert_string_equal(c.server, "10.9.0.1:8443");
	assert_string_equal(c.http, "10.9.0.1:80");
	assert_string_equal(mac_format(&c.boot_mac, mac), "52:54:00:ab:cd:01");
	assert_string_equal(
		cmdline_spki(&c, spki), "sha256//ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=");
}

static void passes_over_what_it_does_not_know(void **state)
{
	static const char line[] =
		"x=\"a slipway.server=1.1.1.1:1 b\" slipway.later=7 slipway.flag "
		"slipway.server=10.0.0.1:1 " SERVERS " " PIN;
	struct cmdline c;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(cmdline_parse(line, strlen(line), &c, &err), 0);
	assert_string_equal(c.server, "10.9.0.1:8443");
	assert_true(mac_is_null(&c.boot_mac));
}

static void refuses_wrong_shapes(void **state)
{
	static const char *const lines[] = {
		"",
		SERVERS,
		PIN,
		PIN " slipway.server=10.9.0.1:8443",
		PIN " " SERVERS " slipway.server=10.9.0.1",
		PIN " " SERVERS " slipway.server=10.9.0.1:0",
		PIN " " SERVERS " slipway.server=10.9.0.1:65536",
		PIN " " SERVERS " slipway.server=10.9.0.1:80/x",
		PIN " " SERVERS " slipway.http=evil.example:80",
		PIN " " SERVERS " slipway.http=1111111111111111111111111111111111111111:80",
		PIN " " SERVERS " slipway.mac=52:54",
		PIN " " SERVERS " slipway.pin=sha256:00",
		PIN " " SERVERS " slipway.pin=\"sha256:00\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct cmdline c;
		struct error err = { 0 };

		if (cmdline_parse(lines[i], strlen(lines[i]), &c, &err) >= 0)
			test_failed("taken: %s", lines[i]);
		assert_string_equal(err.code, "SW-5020");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_boot_script_says),
		cmocka_unit_test(passes_over_what_it_does_not_know),
		cmocka_unit_test(refuses_wrong_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
