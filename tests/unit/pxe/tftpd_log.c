// SPDX-License-Identifier: Apache-2.0
/* Tests pxe/tftpd_log.c: datagrams as in.tftpd 5.2 writes them, and bad ones. */
#include "pxe/tftpd_log.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define P "<29>Nov 24 09:12:00 in.tftpd[812]: "

static void datagrams(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		int kind; /* -1: of no interest */
		const char *address, *text;
	} rows[] = {
		{ P "RRQ from 10.9.0.57 filename undionly.kpxe", TFTPD_EVENT_READ, "10.9.0.57",
			"undionly.kpxe" },
		{ P "RRQ from 10.9.0.57 filename ../a b\x1b[2J", TFTPD_EVENT_READ, "10.9.0.57",
			"../a b?[2J" },
		{ P "RRQ from 10.9.0.57 filename snponly.efi\n", TFTPD_EVENT_READ, "10.9.0.57",
			"snponly.efi" },
		{ P "WRQ from 10.9.0.57 filename x", TFTPD_EVENT_WRITE, "10.9.0.57", "x" },
		{ P "sending NAK (1, File not found) to 10.9.0.57", TFTPD_EVENT_REFUSE, "10.9.0.57",
			"File not found" },
		{ P "sending NAK () to 10.9.0.57", TFTPD_EVENT_REFUSE, "10.9.0.57", "" },
		{ "<27>Nov 24 09:12:00 in.tftpd[812]: recvfrom: Bad file descriptor",
			TFTPD_EVENT_TROUBLE, "0.0.0.0", "recvfrom: Bad file descriptor" },
		{ P "connect from 10.9.0.57", -1, NULL, NULL },
		{ "<28>Nov 24 09:12:00 in.tftpd[9]: tftp: client does not accept options\n", -1,
			NULL, NULL },
		{ P "RRQ from 10.9.0 filename x", -1, NULL, NULL },
		{ P "RRQ from 10.9.0.57 file x", -1, NULL, NULL },
		{ P "RRQ from ", -1, NULL, NULL },
		{ P "sending NAK (1, x) to nowhere", -1, NULL, NULL },
		{ P "sending NAK (9, ", -1, NULL, NULL },
		{ "RRQ from 10.9.0.57 filename x", -1, NULL, NULL },
		{ "<29]: RRQ from 10.9.0.57 filename x", -1, NULL, NULL },
		{ "<29>RRQ from 10.9.0.57 filename x", -1, NULL, NULL },
		{ "<", -1, NULL, NULL },
		{ "", -1, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tftpd_event e = { 0 };
		char address[INET_ADDRSTRLEN];
		bool known = tftpd_log_parse(rows[i].line, strlen(rows[i].line), 5, &e);

		if (known != (rows[i].kind >= 0))
			fail_msg("'%s' is %s", rows[i].line, known ? "taken" : "passed over");
		if (!known)
			continue;
		assert_int_equal(e.kind, rows[i].kind);
		assert_string_equal(e.text, rows[i].text);
		assert_string_equal(
			inet_ntop(AF_INET, &e.address, address, sizeof(address)), rows[i].address);
		assert_int_equal(e.time_ms, 5);
	}
}

static void long_names_are_cut(void **state)
{
	(void)state;
	char line[2048] = P "RRQ from 10.9.0.57 filename ";
	struct tftpd_event e;

	memset(line + strlen(line), 'f', sizeof(line) - strlen(line));
	assert_true(tftpd_log_parse(line, sizeof(line), 0, &e));
	assert_int_equal(strlen(e.text), TFTPD_TEXT_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams),
		cmocka_unit_test(long_names_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
