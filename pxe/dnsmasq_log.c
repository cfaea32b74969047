// SPDX-License-Identifier: Apache-2.0
/* dnsmasq's DHCP log. Words below are dnsmasq's own, of rfc2131.c's log_packet() and its callers.
 */
#include "pxe/dnsmasq_log.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"

#define LINE_MAX_BYTES 1024 /* the rest of a longer line is cut off */

static const struct {
	const char *word;
	bool answer;
	const char *name;
} kinds[] = {
	[DNSMASQ_EVENT_DISCOVER] = { "DHCPDISCOVER", false, "discover" },
	[DNSMASQ_EVENT_OFFER] = { "DHCPOFFER", true, "offer" },
	[DNSMASQ_EVENT_REQUEST] = { "DHCPREQUEST", false, "request" },
	[DNSMASQ_EVENT_ACK] = { "DHCPACK", true, "ack" },
	[DNSMASQ_EVENT_NAK] = { "DHCPNAK", true, "nak" },
	[DNSMASQ_EVENT_DECLINE] = { "DHCPDECLINE", false, "decline" },
	[DNSMASQ_EVENT_RELEASE] = { "DHCPRELEASE", false, "release" },
	[DNSMASQ_EVENT_INFORM] = { "DHCPINFORM", false, "inform" },
	[DNSMASQ_EVENT_PROXY] = { "PXE", true, "proxy" },
};

const char *dnsmasq_event_name(enum dnsmasq_event_kind kind)
{
	return kinds[kind].name;
}

/* The text behind `prefix`, or NULL. */
static const char *after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

static void copy_text(char to[static DNSMASQ_TEXT_MAX], const char *from)
{
	snprintf(to, DNSMASQ_TEXT_MAX, "%s", from);
}

/* Skips to the next word and ends the one at s; returns the next. */
static char *cut_word(char *s)
{
	char *end = s + strcspn(s, " ");

	if (*end)
		*end++ = '\0';
	return end + strspn(end, " ");
}

/* Decimal, up to `stop`: the text behind it, or NULL. */
static char *take_number(char *s, char stop, uint32_t *ret)
{
	uint64_t v = 0;

	if (!isdigit((unsigned char)*s))
		return NULL;
	for (; isdigit((unsigned char)*s); s++) {
		v = v * 10 + (uint64_t)(*s - '0');
		if (v > UINT32_MAX)
			return NULL;
	}
	if (*s != stop)
		return NULL;
	*ret = (uint32_t)v;
	return s + 1;
}

/* "52:54:00:12:34:56"; other hardware types have a prefix and are not ours. */
static bool mac_parse(const char *s, uint8_t mac[static 6])
{
	for (size_t i = 0; i < 6; i++, s += 3) {
		struct error ignored = { 0 }; /* a word that is no MAC is no event */
		char stop = i < 5 ? ':' : '\0';

		if (!s[0] || !s[1] || s[2] != stop ||
			hex_parse((char[]){ s[0], s[1], '\0' }, mac + i, 1, &ignored) < 0)
			return false;
	}
	return true;
}

static void log_restart(struct dnsmasq_log *log, uint32_t xid)
{
	dnsmasq_log_flush(log);
	log->now = (struct dnsmasq_event){ .xid = xid, .arch = -1 };
	log->open = true;
}

void dnsmasq_log_flush(struct dnsmasq_log *log)
{
	if (log->answered)
		log->on_event(&log->now, log->arg);
	log->answered = false;
}

/* "(br0) [10.9.0.76] 52:54:00:12:34:56 [remark]" */
static void take_packet(
	struct dnsmasq_log *log, enum dnsmasq_event_kind kind, char *s, int64_t now_ms)
{
	struct dnsmasq_event *e = &log->now;
	char *word = strchr(s, ')');

	if (!word || word[1] != ' ')
		return;
	word += 2;
	dnsmasq_log_flush(log);

	struct in_addr address = { 0 };
	char *rest = cut_word(word);

	if (inet_pton(AF_INET, word, &address) == 1) {
		word = rest;
		rest = cut_word(word);
	}
	if (!mac_parse(word, e->mac))
		return;
	e->kind = kind;
	e->time_ms = now_ms;
	e->address = address;
	e->boot_file[0] = '\0';
	copy_text(e->note, rest);
	if (kinds[kind].answer)
		log->answered = true;
	else
		log->on_event(e, log->arg);
}

/* "PXEClient:Arch:00007:UNDI:003016" tells the architecture. */
static void take_vendor_class(struct dnsmasq_event *e, const char *s)
{
	const char *arch = strstr(s, ":Arch:");
	unsigned value;

	copy_text(e->vendor_class, s);
	if (arch && sscanf(arch, ":Arch:%5u", &value) == 1 && value <= UINT16_MAX)
		e->arch = (int)value;
}

/* "ipxe, arch7, br0": ours are set by the configuration, so this one is known for sure. */
static bool has_tag(const char *s, const char *tag)
{
	size_t n = strlen(tag);

	for (; *s; s += strspn(s, ", ")) {
		if (strncmp(s, tag, n) == 0 && (s[n] == ',' || !s[n]))
			return true;
		s += strcspn(s, ",");
	}
	return false;
}

static void take_boot_option(struct dnsmasq_event *e, const char *s)
{
	const char *name = strstr(s, "option: 67 bootfile-name");

	if (name)
		copy_text(e->boot_file,
			name + strlen("option: 67 bootfile-name") +
				strspn(name + strlen("option: 67 bootfile-name"), " "));
}

static void take_detail(struct dnsmasq_log *log, const char *s)
{
	struct dnsmasq_event *e = &log->now;
	const char *value;

	if ((value = after(s, "vendor class: ")))
		take_vendor_class(e, value);
	else if ((value = after(s, "user class: ")))
		e->ipxe = e->ipxe || strcmp(value, "iPXE") == 0;
	else if ((value = after(s, "tags: ")))
		e->ipxe = has_tag(value, "ipxe");
	else if (log->answered && (value = after(s, "bootfile name: ")))
		copy_text(e->boot_file, value);
	else if (log->answered && (value = after(s, "sent size:")))
		take_boot_option(e, value);
}

static void take_line(struct dnsmasq_log *log, char *s, int64_t now_ms)
{
	uint32_t xid;

	s = take_number(s, ' ', &xid);
	if (!s)
		return;
	/* A client may use one transaction id for all it sends: what starts a packet counts, too.
	 */
	if (!log->open || log->now.xid != xid || after(s, "available DHCP "))
		log_restart(log, xid);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *rest = after(s, kinds[i].word);

		if (rest && *rest == '(') {
			take_packet(log, (enum dnsmasq_event_kind)i, s + (rest - s), now_ms);
			return;
		}
	}
	take_detail(log, s);
}

void dnsmasq_log_feed(struct dnsmasq_log *log, const char *line, size_t n, int64_t now_ms)
{
	char s[LINE_MAX_BYTES];
	size_t i;

	for (i = 0; i < n && i < sizeof(s) - 1; i++)
		s[i] = line[i] >= 0x20 && line[i] < 0x7f ? line[i] : '?';
	while (i > 0 && s[i - 1] == ' ')
		i--;
	s[i] = '\0';

	if (!after(s, "dnsmasq-dhcp"))
		return;

	char *colon = strstr(s, ": ");

	if (colon)
		take_line(log, colon + 2, now_ms);
}
