// SPDX-License-Identifier: Apache-2.0
/* Tests base/dhcp.c: what is sent, byte by byte, and replies good and bad. */
#include "base/dhcp.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t mac[DHCP_MAC_SIZE] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

/* A reply of `type` with the given options after it; file and sname may be set later. */
static size_t reply_make(
	uint8_t out[static DHCP_MESSAGE_MAX], uint8_t type, const void *options, size_t n)
{
	static const uint8_t cookie[] = { 0x63, 0x82, 0x53, 0x63 };

	memset(out, 0, DHCP_MESSAGE_MAX);
	memcpy(out, (uint8_t[]){ 2, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef }, 8);
	memcpy(out + 16, (uint8_t[]){ 10, 9, 0, 57, 10, 9, 0, 1 }, 8);
	memcpy(out + 28, mac, sizeof(mac));
	memcpy(out + 236, cookie, sizeof(cookie));
	memcpy(out + 240, (uint8_t[]){ 53, 1, type }, 3);
	memcpy(out + 243, options, n);
	return 243 + n;
}

static const uint8_t *option_find(const uint8_t *p, size_t n, uint8_t code)
{
	for (size_t i = 240; i + 1 < n && p[i] != 255; i += 2u + p[i + 1])
		if (p[i] == code)
			return p + i;
	return NULL;
}

static void discover_is_built(void **state)
{
	(void)state;
	struct error err = { 0 };
	uint8_t out[DHCP_MESSAGE_MAX];
	size_t n = 0;
	struct dhcp_request req = {
		.type = DHCP_DISCOVER,
		.xid = 0x01020304,
		.elapsed_s = 7,
		.broadcast = true,
		.arch = 7,
		.vendor_class = "PXEClient:Arch:00007:UNDI:003016",
	};

	memcpy(req.mac, mac, sizeof(mac));
	assert_int_equal(dhcp_request_build(&req, out, &n, &err), 0);
	assert_true(n >= 300 && n <= DHCP_MESSAGE_MAX);
	assert_memory_equal(out, ((uint8_t[]){ 1, 1, 6, 0, 1, 2, 3, 4, 0, 7, 0x80, 0 }), 12);
	assert_memory_equal(out + 28, mac, sizeof(mac));
	assert_memory_equal(option_find(out, n, 53), ((uint8_t[]){ 53, 1, 1 }), 3);
	assert_memory_equal(option_find(out, n, 93), ((uint8_t[]){ 93, 2, 0, 7 }), 4);
	assert_memory_equal(option_find(out, n, 60), "\x3c\x20PXEClient:Arch:00007", 22);
	assert_non_null(option_find(out, n, 55));
	assert_null(option_find(out, n, 50));
	assert_null(option_find(out, n, 12));
}

static void request_is_built(void **state)
{
	(void)state;
	struct error err = { 0 };
	uint8_t out[DHCP_MESSAGE_MAX];
	size_t n = 0;
	struct dhcp_request req = {
		.type = DHCP_REQUEST,
		.arch = -1,
		.requested.s_addr = htonl(0x0a090039),
		.server.s_addr = htonl(0x0a090001),
		.hostname = "r1",
	};

	assert_int_equal(dhcp_request_build(&req, out, &n, &err), 0);
	assert_memory_equal(option_find(out, n, 50), ((uint8_t[]){ 50, 4, 10, 9, 0, 57 }), 6);
	assert_memory_equal(option_find(out, n, 54), ((uint8_t[]){ 54, 4, 10, 9, 0, 1 }), 6);
	assert_memory_equal(option_find(out, n, 12), "\x0c\x02r1", 4);
	assert_null(option_find(out, n, 93));
}

static void long_texts_are_refused(void **state)
{
	(void)state;
	struct error err = { 0 };
	uint8_t out[DHCP_MESSAGE_MAX];
	char text[66];
	size_t n = 0;
	struct dhcp_request req = { .type = DHCP_DISCOVER, .vendor_class = text };

	memset(text, 'x', 65);
	text[65] = '\0';
	assert_int_equal(dhcp_request_build(&req, out, &n, &err), -EINVAL);
	text[64] = '\0';
	assert_int_equal(dhcp_request_build(&req, out, &n, &err), 0);
	assert_true(n <= DHCP_MESSAGE_MAX);
	req = (struct dhcp_request){ .type = DHCP_DISCOVER, .hostname = text };
	assert_int_equal(dhcp_request_build(&req, out, &n, &err), -EINVAL);
}

static void offer_is_read(void **state)
{
	(void)state;
	static const uint8_t options[] = { 54, 4, 10, 9, 0, 1, 0, 0, 1, 4, 255, 255, 254, 0, 3, 4,
		10, 9, 0, 254, 6, 8, 10, 9, 0, 2, 10, 9, 0, 3, 42, 4, 10, 9, 0, 4, 51, 4, 0, 0, 14,
		16, 58, 4, 0, 0, 7, 8, 59, 4, 0, 0, 12, 78, 60, 9, 'P', 'X', 'E', 'C', 'l', 'i',
		'e', 'n', 't', 67, 3, 'a', '\n', 'b', 255 };
	uint8_t p[DHCP_MESSAGE_MAX];
	size_t n = reply_make(p, DHCP_OFFER, options, sizeof(options));
	struct dhcp_reply r;
	struct error err = { 0 };

	assert_int_equal(dhcp_reply_parse(p, n, &r, &err), 0);
	assert_int_equal(r.type, DHCP_OFFER);
	assert_int_equal(r.xid, 0xdeadbeef);
	assert_memory_equal(r.mac, mac, sizeof(mac));
	assert_int_equal(ntohl(r.address.s_addr), 0x0a090039);
	assert_int_equal(ntohl(r.next_server.s_addr), 0x0a090001);
	assert_int_equal(ntohl(r.server.s_addr), 0x0a090001);
	assert_int_equal(r.prefix, 23);
	assert_int_equal(r.routers.n, 1);
	assert_int_equal(ntohl(r.routers.at[0].s_addr), 0x0a0900fe);
	assert_int_equal(r.dns.n, 2);
	assert_int_equal(ntohl(r.dns.at[1].s_addr), 0x0a090003);
	assert_int_equal(r.ntp.n, 1);
	assert_int_equal(r.lease_s, 3600);
	assert_int_equal(r.renew_s, 1800);
	assert_int_equal(r.rebind_s, 3150);
	assert_string_equal(r.vendor_class, "PXEClient");
	assert_string_equal(r.boot_file, "a?b");
}

static void overload_is_followed(void **state)
{
	(void)state;
	static const uint8_t options[] = { 52, 1, 3, 255 };
	static const uint8_t in_file[] = { 52, 1, 0, 67, 4, 'b', 'o', 'o', 't', 255 };
	static const uint8_t in_sname[] = { 54, 4, 10, 9, 0, 1, 67, 1, 'x', 255 };
	uint8_t p[DHCP_MESSAGE_MAX];
	size_t n = reply_make(p, DHCP_ACK, options, sizeof(options));
	struct dhcp_reply r;
	struct error err = { 0 };

	memcpy(p + 108, in_file, sizeof(in_file));
	memcpy(p + 44, in_sname, sizeof(in_sname));
	assert_int_equal(dhcp_reply_parse(p, n, &r, &err), 0);
	assert_string_equal(r.boot_file, "boot");
	assert_int_equal(ntohl(r.server.s_addr), 0x0a090001);
}

static void file_field_is_the_boot_file(void **state)
{
	(void)state;
	uint8_t p[DHCP_MESSAGE_MAX];
	size_t n = reply_make(p, DHCP_ACK, "\xff", 1);
	struct dhcp_reply r;
	struct error err = { 0 };

	memset(p + 108, 'f', 128); /* not terminated */
	assert_int_equal(dhcp_reply_parse(p, n, &r, &err), 0);
	assert_int_equal(strlen(r.boot_file), 128);
}

static void bad_replies_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t at; /* byte changed */
		uint8_t to;
	} rows[] = {
		{ "a request", 0, 1 },
		{ "not Ethernet", 1, 6 },
		{ "address of 16 bytes", 2, 16 },
		{ "no cookie", 236, 0 },
		{ "no message type", 240, 0 },
		{ "a client's message type", 242, DHCP_DISCOVER },
		{ "type option of two bytes", 241, 2 },
		{ "option past the end", 244, 200 },
	};
	uint8_t p[DHCP_MESSAGE_MAX];
	struct dhcp_reply r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = { 0 };
		size_t n = reply_make(p, DHCP_OFFER, "\x36\x04\x0a\x09\x00\x01\xff", 7);

		p[rows[i].at] = rows[i].to;
		if (dhcp_reply_parse(p, n, &r, &err) != -EBADMSG)
			fail_msg("%s was taken", rows[i].what);
		assert_true(err.text[0]);
	}
	for (size_t n = 0; n < 240; n++)
		assert_int_equal(dhcp_reply_parse(p, n, &r, &(struct error){ 0 }), -EBADMSG);
}

static void odd_masks_are_no_prefix(void **state)
{
	(void)state;
	static const struct {
		uint8_t mask[4];
		unsigned prefix;
	} rows[] = {
		{ { 255, 255, 255, 255 }, 32 },
		{ { 255, 255, 255, 0 }, 24 },
		{ { 128, 0, 0, 0 }, 1 },
		{ { 0, 0, 0, 0 }, 0 },
		{ { 255, 0, 255, 0 }, 0 },
		{ { 0, 0, 0, 255 }, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t p[DHCP_MESSAGE_MAX], options[7] = { 1, 4, 0, 0, 0, 0, 255 };
		struct dhcp_reply r;
		struct error err = { 0 };

		memcpy(options + 2, rows[i].mask, 4);
		size_t n = reply_make(p, DHCP_OFFER, options, sizeof(options));

		assert_int_equal(dhcp_reply_parse(p, n, &r, &err), 0);
		assert_int_equal(r.prefix, rows[i].prefix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discover_is_built),
		cmocka_unit_test(request_is_built),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(offer_is_read),
		cmocka_unit_test(overload_is_followed),
		cmocka_unit_test(file_field_is_the_boot_file),
		cmocka_unit_test(bad_replies_are_refused),
		cmocka_unit_test(odd_masks_are_no_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
