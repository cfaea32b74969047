// SPDX-License-Identifier: Apache-2.0
/* Tests pxe/dnsmasq.c: defaults, refusals, and what stands in the configuration. */
#include "pxe/dnsmasq.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static struct in_addr ip(const char *text)
{
	struct in_addr a = { 0 };

	if (*text)
		assert_int_equal(inet_pton(AF_INET, text, &a), 1);
	return a;
}

static struct pxe_config config(const char *address, unsigned prefix)
{
	return (struct pxe_config){
		.interface = "eno2",
		.address = ip(address),
		.prefix = prefix,
		.lease_file = "/var/lib/slipway/dnsmasq.leases",
	};
}

static void ranges_are_chosen_and_checked(void **state)
{
	(void)state;
	static const struct {
		const char *address;
		unsigned prefix;
		const char *first, *last; /* asked for; "" by default */
		const char *want_first;   /* NULL: refused */
		const char *want_last;
	} rows[] = {
		{ "10.9.0.1", 24, "", "", "10.9.0.2", "10.9.0.254" },
		{ "10.9.0.254", 24, "", "", "10.9.0.1", "10.9.0.253" },
		{ "10.9.0.7", 24, "", "", "10.9.0.1", "10.9.0.254" },
		{ "10.9.0.1", 30, "", "", "10.9.0.2", "10.9.0.2" },
		{ "10.9.0.1", 8, "", "", "10.0.0.1", "10.255.255.254" },
		{ "10.9.0.1", 24, "10.9.0.100", "10.9.0.199", "10.9.0.100", "10.9.0.199" },
		{ "10.9.0.1", 24, "10.9.0.100", "10.9.0.100", "10.9.0.100", "10.9.0.100" },
		{ "10.9.0.1", 24, "10.9.0.199", "10.9.0.100", NULL, NULL },
		{ "10.9.0.1", 24, "10.9.0.100", "10.9.1.100", NULL, NULL },
		{ "10.9.0.1", 24, "10.9.0.0", "10.9.0.100", NULL, NULL },
		{ "10.9.0.1", 24, "10.9.0.100", "10.9.0.255", NULL, NULL },
		{ "10.9.0.1", 24, "10.9.0.100", "", NULL, NULL },
		{ "10.9.0.1", 31, "", "", NULL, NULL },
		{ "10.9.0.1", 32, "", "", NULL, NULL },
		{ "10.9.0.1", 7, "", "", NULL, NULL },
		{ "10.9.0.1", 0, "", "", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		struct pxe_config c = config(rows[i].address, rows[i].prefix);

		c.first = ip(rows[i].first);
		c.last = ip(rows[i].last);

		int res = pxe_config_default(&c, &err);

		if ((res == 0) != (rows[i].want_first != NULL))
			fail_msg("row %zu: %d %s", i, res, err.text);
		if (res < 0)
			continue;
		assert_int_equal(c.first.s_addr, ip(rows[i].want_first).s_addr);
		assert_int_equal(c.last.s_addr, ip(rows[i].want_last).s_addr);
		assert_int_equal(c.ping, !rows[i].first[0]);
		assert_int_equal(c.router.s_addr, c.address.s_addr);
	}
}

static void format(struct pxe_config *c, struct buf *out)
{
	struct error err = { 0 };

	if (pxe_config_default(c, &err) < 0 || dnsmasq_config_format(c, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void has_line(const struct buf *b, const char *line, bool wanted)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if ((strstr(buf_str(b), whole) != NULL) != wanted)
		fail_msg("%s line '%s' in:\n%s", wanted ? "no" : "unwanted", line, buf_str(b));
}

static void addresses_are_served(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		bool wanted;
	} rows[] = {
		{ "port=0", true },
		{ "interface=eno2", true },
		{ "bind-interfaces", true },
		{ "user=nobody", true },
		{ "log-dhcp", true },
		{ "dhcp-authoritative", true },
		{ "dhcp-range=10.9.0.2,10.9.0.254,255.255.255.0,86400", true },
		{ "dhcp-lease-max=253", true },
		{ "dhcp-option=option:router,10.9.0.1", true },
		{ "dhcp-option=option:dns-server,10.9.0.53", true },
		{ "dhcp-match=set:ipxe,175", true },
		{ "dhcp-boot=tag:ipxe,http://10.9.0.1:8080/boot/start.ipxe,,10.9.0.1", true },
		{ "dhcp-match=set:arch7,option:client-arch,7", true },
		{ "dhcp-boot=tag:!ipxe,tag:arch0,undionly.kpxe,,10.9.0.1", true },
		{ "dhcp-boot=tag:!ipxe,tag:arch7,snponly.efi,,10.9.0.1", true },
		{ "dhcp-boot=tag:!ipxe,tag:arch9,snponly.efi,,10.9.0.1", true },
		{ "dhcp-boot=tag:!ipxe,tag:arch16,http://10.9.0.1:8080/boot/ipxe.efi", true },
		{ "dhcp-option-force=tag:!ipxe,tag:arch16,option:vendor-class,HTTPClient", true },
		{ "no-ping", false },
		{ "enable-tftp", false },
	};
	struct pxe_config c = config("10.9.0.1", 24);
	auto_buf out = { 0 };

	c.http_port = 8080;
	c.dns[0] = ip("10.9.0.53");
	format(&c, &out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		has_line(&out, rows[i].line, rows[i].wanted);
	assert_null(strstr(buf_str(&out), "dhcp-script"));
	assert_null(strstr(buf_str(&out), "arch11"));
	assert_null(strstr(buf_str(&out), "pxe-service"));
}

static void a_given_range_is_not_pinged(void **state)
{
	(void)state;
	struct pxe_config c = config("10.9.0.1", 16);
	auto_buf out = { 0 };

	c.first = ip("10.9.1.0");
	c.last = ip("10.9.1.255");
	format(&c, &out);
	has_line(&out, "no-ping", true);
	has_line(&out, "dhcp-range=10.9.1.0,10.9.1.255,255.255.0.0,86400", true);
}

static void a_proxy_offers_one_service_each(void **state)
{
	(void)state;
	struct pxe_config c = config("10.9.0.1", 23);
	auto_buf out = { 0 };
	size_t services = 0;

	c.proxy = true;
	format(&c, &out);
	has_line(&out, "dhcp-range=10.9.0.0,proxy,255.255.254.0", true);
	has_line(&out, "dhcp-authoritative", false);
	has_line(&out, "pxe-service=tag:!ipxe,0,Slipway,undionly.kpxe,10.9.0.1", true);
	has_line(&out, "pxe-service=tag:!ipxe,7,Slipway,snponly.efi,10.9.0.1", true);
	has_line(&out, "dhcp-match=set:served,option:client-arch,9", true);
	has_line(&out, "dhcp-ignore=tag:!served", true);
	has_line(&out, "dhcp-boot=tag:ipxe,http://10.9.0.1:80/boot/start.ipxe,,10.9.0.1", true);
	for (const char *s = buf_str(&out); (s = strstr(s, "\npxe-service=")); s++)
		services++;
	assert_int_equal(services, 3);
}

static void hostile_values_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *interface, *lease_file;
	} rows[] = {
		{ "", "/l" },
		{ "-x", "/l" },
		{ "e,f", "/l" },
		{ "e f", "/l" },
		{ "e\nport=53", "/l" },
		{ "e#", "/l" },
		{ "../e", "/l" },
		{ "*", "/l" },
		{ "eno2", "/l\ndhcp-script=/x" },
		{ "eno2", "/l #" },
		{ "eno2", "/l\"" },
		{ "eno2", "/l\\" },
		{ "eno2", "/l\x7f" },
		{ "eno2", "/\xc3\xa4" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pxe_config c = config("10.9.0.1", 24);
		struct error err = { 0 };
		auto_buf out = { 0 };

		assert_int_equal(pxe_config_default(&c, &err), 0);
		snprintf(c.interface, sizeof(c.interface), "%s", rows[i].interface);
		c.lease_file = rows[i].lease_file;
		if (dnsmasq_config_format(&c, &out, &err) != -EINVAL)
			fail_msg("row %zu was taken:\n%s", i, buf_str(&out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_chosen_and_checked),
		cmocka_unit_test(addresses_are_served),
		cmocka_unit_test(a_given_range_is_not_pinged),
		cmocka_unit_test(a_proxy_offers_one_service_each),
		cmocka_unit_test(hostile_values_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
