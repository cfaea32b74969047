// SPDX-License-Identifier: Apache-2.0
/* Tests pxe/ipxe.c: the scripts, and what cannot get into one. */
#include "pxe/ipxe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void the_agent_is_loaded(void **state)
{
	(void)state;
	const char *const args[] = { "slipway.server=10.9.0.1:8443", "console=ttyS0,115200n8",
		"slipway.mac=52-54-00-12-34-56", NULL };
	struct error err = { 0 };
	auto_buf out = { 0 };

	assert_int_equal(ipxe_agent_format(args, &out, &err), 0);
	assert_memory_equal(buf_str(&out), "#!ipxe\n", 7);
	assert_non_null(strstr(buf_str(&out),
		"\nkernel --name vmlinuz vmlinuz initrd=initrd slipway.server=10.9.0.1:8443 "
		"console=ttyS0,115200n8 slipway.mac=52-54-00-12-34-56 || goto wait\n"));
	assert_non_null(strstr(buf_str(&out), "\ninitrd --name initrd initrd || goto wait\nboot "));
}

static void hostile_arguments_are_refused(void **state)
{
	(void)state;
	static const char *const rows[] = { "", "a b", "a\nshell", "${net0/mac}", "a||shell",
		"a&&b", "#", "a#b", "\"", "'", "\\", "a\tb", "\x7f", "\xc3\xa4", "a;b", "a{b}",
		"`x`", "<", "~" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const args[] = { "quiet", rows[i], NULL };
		struct error err = { 0 };
		auto_buf out = { 0 };

		if (ipxe_agent_format(args, &out, &err) != -EINVAL)
			fail_msg("'%s' was taken", rows[i]);
	}
}

static void the_length_is_bounded(void **state)
{
	(void)state;
	char text[IPXE_ARGS_MAX + 1];
	const char *const args[] = { text, NULL };
	struct error err = { 0 };
	auto_buf out = { 0 };

	memset(text, 'x', IPXE_ARGS_MAX);
	text[IPXE_ARGS_MAX] = '\0';
	assert_int_equal(ipxe_agent_format(args, &out, &err), -E2BIG);
	text[IPXE_ARGS_MAX - 1] = '\0';
	buf_reset(&out);
	assert_int_equal(ipxe_agent_format(args, &out, &err), 0);
}

/* Each label that is jumped to is there, and no line is longer than 2019's iPXE reads. */
static void labels_are_there(void **state)
{
	(void)state;
	const char *const args[] = { "quiet", NULL };
	struct error err = { 0 };
	auto_buf agent = { 0 };

	assert_int_equal(ipxe_agent_format(args, &agent, &err), 0);

	const char *const scripts[] = { ipxe_start_script, ipxe_local_script, buf_str(&agent) };

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		for (const char *s = scripts[i]; (s = strstr(s, "goto ")); s++) {
			char label[64];

			snprintf(label, sizeof(label), "\n:%.*s\n", (int)strcspn(s + 5, " \n"),
				s + 5);
			assert_non_null(strstr(scripts[i], label));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_agent_is_loaded),
		cmocka_unit_test(hostile_arguments_are_refused),
		cmocka_unit_test(the_length_is_bounded),
		cmocka_unit_test(labels_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
