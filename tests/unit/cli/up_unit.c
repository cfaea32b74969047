// SPDX-License-Identifier: Apache-2.0
/* The file of options that slipwayd.service reads. */
#include "tests/unit/unit.h"

#include "provisioner/cli/up.h"

static void options_as_they_were_typed(void **state)
{
	const struct up_options o = {
		.words = { "--iface", "eno2.10", "--range", "10.9.0.10-10.9.0.99", "--proxy-dhcp" },
		.n = 5,
	};
	struct error err = { 0 };
	auto_buf out = { 0 };

	(void)state;
	assert_int_equal(up_unit_format(&o, &out, &err), 0);
	assert_string_equal(buf_str(&out),
		"# Written by 'slipway up', read by slipwayd.service.\n"
		"SLIPWAYD_OPTIONS=--iface eno2.10 --range 10.9.0.10-10.9.0.99 --proxy-dhcp\n");
}

/* systemd would split, unquote or continue them. */
static void words_that_would_be_read_otherwise(void **state)
{
	static const char *const bad[] = { "/a b", "a\tb", "'a'", "\"", "a\\", "a\nB=c", "$A",
		"\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct up_options o = { .words = { "--data-dir", bad[i] }, .n = 2 };
		struct error err = { 0 };
		auto_buf out = { 0 };

		assert_int_equal(up_unit_format(&o, &out, &err), -EINVAL);
		assert_string_equal(err.code, "SW-1008");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_as_they_were_typed),
		cmocka_unit_test(words_that_would_be_read_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
