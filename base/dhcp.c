// SPDX-License-Identifier: Apache-2.0
/* DHCPv4 messages. The layout of the fixed part is RFC 2131, figure 1. */
#include "base/dhcp.h"

#include <string.h>

enum {
	AT_OP = 0,
	AT_HTYPE = 1,
	AT_HLEN = 2,
	AT_XID = 4,
	AT_SECS = 8,
	AT_FLAGS = 10,
	AT_CIADDR = 12,
	AT_YIADDR = 16,
	AT_SIADDR = 20,
	AT_GIADDR = 24,
	AT_CHADDR = 28,
	AT_SNAME = 44,
	AT_FILE = 108,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
};

enum {
	SNAME_SIZE = AT_FILE - AT_SNAME,
	FILE_SIZE = AT_COOKIE - AT_FILE,
	OP_REQUEST = 1,
	OP_REPLY = 2,
	HTYPE_ETHERNET = 1,
	FLAG_BROADCAST = 0x8000,
	COOKIE = 0x63825363,
};

enum {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_ROUTER = 3,
	OPTION_DNS = 6,
	OPTION_HOSTNAME = 12,
	OPTION_NTP = 42,
	OPTION_REQUESTED = 50,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_PARAMETERS = 55,
	OPTION_MAX_SIZE = 57,
	OPTION_RENEW = 58,
	OPTION_REBIND = 59,
	OPTION_VENDOR_CLASS = 60,
	OPTION_CLIENT_ID = 61,
	OPTION_FILE = 67,
	OPTION_ARCH = 93,
	OPTION_END = 255,
};

static const uint8_t wanted[] = { OPTION_MASK, OPTION_ROUTER, OPTION_DNS, OPTION_NTP, OPTION_LEASE,
	OPTION_SERVER, OPTION_RENEW, OPTION_REBIND, OPTION_VENDOR_CLASS, OPTION_FILE };

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The options cannot overrun a message: their sum is bounded by the limits on the two texts. */
static uint8_t *put_option(uint8_t *p, uint8_t code, const void *value, size_t n)
{
	*p++ = code;
	*p++ = (uint8_t)n;
	memcpy(p, value, n);
	return p + n;
}

static uint8_t *put_address(uint8_t *p, uint8_t code, struct in_addr a)
{
	return a.s_addr ? put_option(p, code, &a.s_addr, sizeof(a.s_addr)) : p;
}

static uint8_t *put_options(uint8_t *p, const struct dhcp_request *req)
{
	uint8_t type = (uint8_t)req->type;
	uint8_t id[1 + DHCP_MAC_SIZE] = { HTYPE_ETHERNET };
	uint8_t pair[2];

	memcpy(id + 1, req->mac, DHCP_MAC_SIZE);
	p = put_option(p, OPTION_TYPE, &type, 1);
	p = put_option(p, OPTION_CLIENT_ID, id, sizeof(id));
	p = put_address(p, OPTION_REQUESTED, req->requested);
	p = put_address(p, OPTION_SERVER, req->server);
	put16(pair, DHCP_MESSAGE_MAX);
	p = put_option(p, OPTION_MAX_SIZE, pair, sizeof(pair));
	if (req->arch >= 0) {
		put16(pair, (uint32_t)req->arch);
		p = put_option(p, OPTION_ARCH, pair, sizeof(pair));
	}
	if (req->vendor_class)
		p = put_option(
			p, OPTION_VENDOR_CLASS, req->vendor_class, strlen(req->vendor_class));
	if (req->hostname)
		p = put_option(p, OPTION_HOSTNAME, req->hostname, strlen(req->hostname));
	if (req->type == DHCP_DISCOVER || req->type == DHCP_REQUEST)
		p = put_option(p, OPTION_PARAMETERS, wanted, sizeof(wanted));
	*p++ = OPTION_END;
	return p;
}

int dhcp_request_build(const struct dhcp_request *req, uint8_t out[static DHCP_MESSAGE_MAX],
	size_t *ret_n, struct error *err)
{
	if (req->vendor_class && strlen(req->vendor_class) > 64)
		return fail(err, EINVAL, "vendor class of more than 64 bytes");
	if (req->hostname && strlen(req->hostname) > 63)
		return fail(err, EINVAL, "host name of more than 63 bytes");

	memset(out, 0, DHCP_MESSAGE_MAX);
	out[AT_OP] = OP_REQUEST;
	out[AT_HTYPE] = HTYPE_ETHERNET;
	out[AT_HLEN] = DHCP_MAC_SIZE;
	put32(out + AT_XID, req->xid);
	put16(out + AT_SECS, req->elapsed_s);
	put16(out + AT_FLAGS, req->broadcast ? FLAG_BROADCAST : 0);
	memcpy(out + AT_CIADDR, &req->client.s_addr, 4);
	memcpy(out + AT_CHADDR, req->mac, DHCP_MAC_SIZE);
	put32(out + AT_COOKIE, COOKIE);

	size_t n = (size_t)(put_options(out + AT_OPTIONS, req) - out);
	*ret_n = n < 300 ? 300 : n; /* BOOTP's least size: some servers and relays insist on it */
	return 0;
}

static void get_addrs(struct dhcp_addrs *to, const uint8_t *p, size_t n)
{
	for (to->n = 0; to->n < DHCP_ADDRS_MAX && n >= 4; p += 4, n -= 4)
		memcpy(&to->at[to->n++].s_addr, p, 4);
}

static void get_text(char *to, size_t size, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && i < size - 1 && p[i]; i++)
		to[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '?';
	to[i] = '\0';
}

/* The length of a contiguous mask; 0 where it is none. */
static unsigned prefix_of(uint32_t mask)
{
	unsigned n = mask ? 32 - (unsigned)__builtin_ctz(mask) : 0;

	return n && mask == UINT32_MAX << (32 - n) ? n : 0;
}

static void take_option(
	struct dhcp_reply *r, uint8_t code, const uint8_t *p, size_t n, uint8_t *overload)
{
	uint32_t number = n == 4 ? get32(p) : 0;

	switch (code) {
	case OPTION_TYPE:
		r->type = n == 1 ? (enum dhcp_type)p[0] : 0;
		break;
	case OPTION_OVERLOAD:
		*overload = n == 1 ? p[0] : 0;
		break;
	case OPTION_SERVER:
		if (n == 4)
			memcpy(&r->server.s_addr, p, 4);
		break;
	case OPTION_MASK:
		r->prefix = prefix_of(number);
		break;
	case OPTION_ROUTER:
		get_addrs(&r->routers, p, n);
		break;
	case OPTION_DNS:
		get_addrs(&r->dns, p, n);
		break;
	case OPTION_NTP:
		get_addrs(&r->ntp, p, n);
		break;
	case OPTION_LEASE:
		r->lease_s = number;
		break;
	case OPTION_RENEW:
		r->renew_s = number;
		break;
	case OPTION_REBIND:
		r->rebind_s = number;
		break;
	case OPTION_VENDOR_CLASS:
		get_text(r->vendor_class, sizeof(r->vendor_class), p, n);
		break;
	case OPTION_FILE:
		get_text(r->boot_file, sizeof(r->boot_file), p, n);
		break;
	}
}

/* Takes the options in p[0..n), each code once; seen is a bitmap over all fields. */
static int take_options(struct dhcp_reply *r, const uint8_t *p, size_t n, uint8_t seen[static 32],
	uint8_t *overload, struct error *err)
{
	while (n > 0 && *p != OPTION_END) {
		uint8_t code = *p++;

		n--;
		if (code == OPTION_PAD)
			continue;
		if (n < 1 || p[0] > n - 1)
			return fail(err, EBADMSG, "DHCP option %u runs past its field", code);

		size_t len = *p++;

		n--;
		if (!(seen[code / 8] & 1u << code % 8))
			take_option(r, code, p, len, overload);
		seen[code / 8] = (uint8_t)(seen[code / 8] | 1u << code % 8);
		p += len;
		n -= len;
	}
	return 0;
}

static int take_all_options(struct dhcp_reply *r, const uint8_t *p, size_t n, struct error *err)
{
	uint8_t seen[32] = { 0 };
	uint8_t overload = 0;
	uint8_t ignored = 0; /* an overload option inside the overloaded fields means nothing */
	int res = take_options(r, p + AT_OPTIONS, n - AT_OPTIONS, seen, &overload, err);

	if (res == 0 && overload & 1)
		res = take_options(r, p + AT_FILE, FILE_SIZE, seen, &ignored, err);
	if (res == 0 && overload & 2)
		res = take_options(r, p + AT_SNAME, SNAME_SIZE, seen, &ignored, err);
	if (res == 0 && !(overload & 1) && !r->boot_file[0])
		get_text(r->boot_file, sizeof(r->boot_file), p + AT_FILE, FILE_SIZE);
	return res;
}

int dhcp_reply_parse(const uint8_t *p, size_t n, struct dhcp_reply *ret, struct error *err)
{
	struct dhcp_reply r = { 0 };

	if (n < AT_OPTIONS)
		return fail(err, EBADMSG, "DHCP message of %zu bytes", n);
	if (p[AT_OP] != OP_REPLY || p[AT_HTYPE] != HTYPE_ETHERNET || p[AT_HLEN] != DHCP_MAC_SIZE ||
		get32(p + AT_COOKIE) != COOKIE)
		return fail(err, EBADMSG, "no DHCP reply");

	r.xid = get32(p + AT_XID);
	memcpy(r.mac, p + AT_CHADDR, DHCP_MAC_SIZE);
	memcpy(&r.address.s_addr, p + AT_YIADDR, 4);
	memcpy(&r.next_server.s_addr, p + AT_SIADDR, 4);
	memcpy(&r.relay.s_addr, p + AT_GIADDR, 4);

	int res = take_all_options(&r, p, n, err);

	if (res < 0)
		return res;
	if (r.type != DHCP_OFFER && r.type != DHCP_ACK && r.type != DHCP_NAK)
		return fail(err, EBADMSG, "DHCP message without a server's message type");
	*ret = r;
	return 0;
}
