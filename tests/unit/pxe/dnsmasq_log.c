// SPDX-License-Identifier: Apache-2.0
/* Tests pxe/dnsmasq_log.c with lines as dnsmasq 2.90 wrote them, and with bad ones. */
#include "pxe/dnsmasq_log.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct seen {
	struct dnsmasq_event at[16];
	size_t n;
};

static void keep(const struct dnsmasq_event *event, void *arg)
{
	struct seen *seen = arg;

	assert_true(seen->n < 16);
	seen->at[seen->n++] = *event;
}

static void feed(struct dnsmasq_log *log, const char *text)
{
	int64_t now_ms = 1000;

	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		dnsmasq_log_feed(log, text, (size_t)(end - text), now_ms++);
}

/* kind mac address arch ipxe file note: one comparable line */
static void is_event(const struct seen *seen, size_t i, const char *want)
{
	const struct dnsmasq_event *e = &seen->at[i];
	char got[512], address[INET_ADDRSTRLEN];

	if (i >= seen->n)
		fail_msg("event %zu is missing: %s", i, want);
	snprintf(got, sizeof(got), "%s %02x%02x %s %d %d '%s' '%s'", dnsmasq_event_name(e->kind),
		e->mac[4], e->mac[5], inet_ntop(AF_INET, &e->address, address, sizeof(address)),
		e->arch, e->ipxe, e->boot_file, e->note);
	assert_string_equal(got, want);
}

#define P "dnsmasq-dhcp[81]: "

static const char lease[] =
	"dnsmasq[81]: started, version 2.90 DNS disabled\n" P
	"DHCP, IP range 10.9.0.2 -- 10.9.0.254, lease time 1h\n" P
	"2811212344 available DHCP range: 10.9.0.2 -- 10.9.0.254\n" P
	"2811212344 vendor class: PXEClient:Arch:00007:UNDI:003016\n" P
	"RTR-SOLICIT(br0) 0e:40:85:69:7c:0d\n" P
	"2811212344 DHCPDISCOVER(br0) 52:54:00:12:34:56 \n" P "2811212344 tags: arch7, br0\n" P
	"2811212344 DHCPOFFER(br0) 10.9.0.76 52:54:00:12:34:56 \n" P
	"2811212344 requested options: 1:netmask, 3:router\n" P
	"2811212344 next server: 10.9.0.1\n" P "2811212344 broadcast response\n" P
	"2811212344 sent size:  1 option: 53 message-type  2\n" P
	"2811212344 sent size: 12 option: 67 bootfile-name  snponly.efi\n" P
	"2811212344 available DHCP range: 10.9.0.2 -- 10.9.0.254\n" P
	"2811212344 vendor class: PXEClient:Arch:00007:UNDI:003016\n" P
	"2811212344 user class: iPXE\n" P
	"2811212344 DHCPREQUEST(br0) 10.9.0.76 52:54:00:12:34:56 \n" P
	"2811212344 tags: ipxe, arch7, br0\n" P
	"2811212344 DHCPACK(br0) 10.9.0.76 52:54:00:12:34:56 r1\n" P
	"2811212344 bootfile name: http://10.9.0.1/boot/start.ipxe\n" P
	"2811212344 sent size:  1 option: 53 message-type  5\n";

static void a_lease_is_four_events(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	struct dnsmasq_log log = { .on_event = keep, .arg = &seen };

	feed(&log, lease);
	assert_int_equal(seen.n, 3);
	dnsmasq_log_flush(&log);
	dnsmasq_log_flush(&log);
	assert_int_equal(seen.n, 4);
	is_event(&seen, 0, "discover 3456 0.0.0.0 7 0 '' ''");
	is_event(&seen, 1, "offer 3456 10.9.0.76 7 0 'snponly.efi' ''");
	is_event(&seen, 2, "request 3456 10.9.0.76 7 1 '' ''");
	is_event(&seen, 3, "ack 3456 10.9.0.76 7 1 'http://10.9.0.1/boot/start.ipxe' 'r1'");
	assert_int_equal(seen.at[0].xid, 2811212344);
	assert_string_equal(seen.at[0].vendor_class, "PXEClient:Arch:00007:UNDI:003016");
	assert_int_equal(seen.at[1].time_ms, 1007);
}

static void single_lines(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		const char *want; /* NULL: no event */
	} rows[] = {
		{ P "7 DHCPDISCOVER(br0) 52:54:00:12:34:56 no address available",
			"discover 3456 0.0.0.0 -1 0 '' 'no address available'" },
		{ P "7 DHCPDISCOVER(br0) 10.9.0.9 52:54:00:12:34:56",
			"discover 3456 10.9.0.9 -1 0 '' ''" },
		{ P "7 DHCPNAK(br0) 10.9.0.9 52:54:00:12:34:56 wrong network",
			"nak 3456 10.9.0.9 -1 0 '' 'wrong network'" },
		{ P "7 DHCPRELEASE(br0) 10.9.0.9 52:54:00:12:34:56",
			"release 3456 10.9.0.9 -1 0 '' ''" },
		{ P "7 DHCPDECLINE(br0) 10.9.0.9 52:54:00:12:34:56",
			"decline 3456 10.9.0.9 -1 0 '' ''" },
		{ P "7 DHCPINFORM(br0) 10.9.0.9 52:54:00:12:34:56",
			"inform 3456 10.9.0.9 -1 0 '' ''" },
		{ P "7 PXE(br0) 52:54:00:12:34:56 proxy", "proxy 3456 0.0.0.0 -1 0 '' 'proxy'" },
		{ "dnsmasq-dhcp: 7 DHCPREQUEST(br0) 10.9.0.9 52:54:00:12:34:56",
			"request 3456 10.9.0.9 -1 0 '' ''" },
		{ P "4294967296 DHCPREQUEST(br0) 10.9.0.9 52:54:00:12:34:56", NULL },
		{ P "-7 DHCPREQUEST(br0) 10.9.0.9 52:54:00:12:34:56", NULL },
		{ P "7 DHCPREQUEST(br0) 10.9.0.9 20-52:54:00:12:34:56:00:00", NULL },
		{ P "7 DHCPREQUEST(br0) 10.9.0.9 52:54:00:12:34", NULL },
		{ P "7 DHCPREQUEST(br0", NULL },
		{ P "7 DHCPREQUEST(br0)", NULL },
		{ P "7 DHCPREQUEST", NULL },
		{ P "7 vendor class: 7 DHCPACK(br0) 10.9.0.9 52:54:00:12:34:56", NULL },
		{ P "read /dev/null", NULL },
		{ "7 DHCPREQUEST(br0) 10.9.0.9 52:54:00:12:34:56", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen seen = { 0 };
		struct dnsmasq_log log = { .on_event = keep, .arg = &seen };

		dnsmasq_log_feed(&log, rows[i].line, strlen(rows[i].line), 0);
		dnsmasq_log_flush(&log);
		if (seen.n != (rows[i].want != NULL))
			fail_msg("%zu events of '%s'", seen.n, rows[i].line);
		if (seen.n)
			is_event(&seen, 0, rows[i].want);
	}
}

static void architectures_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *vendor_class;
		int arch;
	} rows[] = {
		{ "PXEClient:Arch:00000:UNDI:002001", 0 },
		{ "HTTPClient:Arch:00016:UNDI:003001", 16 },
		{ "PXEClient:Arch:65535", 65535 },
		{ "PXEClient:Arch:99999", -1 },
		{ "PXEClient:Arch:", -1 },
		{ "udhcp 1.35", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen seen = { 0 };
		struct dnsmasq_log log = { .on_event = keep, .arg = &seen };
		char text[256];

		snprintf(text, sizeof(text),
			P "9 vendor class: %s\n" P "9 DHCPDISCOVER(br0) 52:54:00:12:34:56\n",
			rows[i].vendor_class);
		feed(&log, text);
		assert_int_equal(seen.n, 1);
		assert_int_equal(seen.at[0].arch, rows[i].arch);
	}
}

static void long_and_odd_text_is_cut_and_cleaned(void **state)
{
	(void)state;
	struct seen seen = { 0 };
	struct dnsmasq_log log = { .on_event = keep, .arg = &seen };
	char line[4096];

	memset(line, 'v', sizeof(line));
	memcpy(line, P "9 vendor class: \x1b[2J\xc3\xa4", strlen(P) + 22);
	dnsmasq_log_feed(&log, line, sizeof(line), 0);
	feed(&log, P "9 DHCPDISCOVER(br0) 52:54:00:12:34:56\n");
	assert_int_equal(seen.n, 1);
	assert_int_equal(strlen(seen.at[0].vendor_class), DNSMASQ_TEXT_MAX - 1);
	assert_memory_equal(seen.at[0].vendor_class, "?[2J??v", 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_is_four_events),
		cmocka_unit_test(single_lines),
		cmocka_unit_test(architectures_are_read),
		cmocka_unit_test(long_and_odd_text_is_cut_and_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
