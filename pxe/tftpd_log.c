// SPDX-License-Identifier: Apache-2.0
/* in.tftpd's log. Its sentences are those of tftpd.c of tftpd-hpa 5.2. */
#include "pxe/tftpd_log.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 1024

/* "10.9.0.57" up to a space or the end: the text behind it, or NULL. */
static const char *take_address(const char *s, struct in_addr *ret)
{
	char text[INET_ADDRSTRLEN];
	size_t n = strcspn(s, " ");

	if (n >= sizeof(text))
		return NULL;
	memcpy(text, s, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, ret) != 1)
		return NULL;
	return s + n;
}

/* "RRQ from ADDRESS filename NAME" */
static bool take_request(const char *s, struct tftpd_event *e)
{
	if (strncmp(s, "RRQ from ", 9) == 0)
		e->kind = TFTPD_EVENT_READ;
	else if (strncmp(s, "WRQ from ", 9) == 0)
		e->kind = TFTPD_EVENT_WRITE;
	else
		return false;

	s = take_address(s + 9, &e->address);
	if (!s || strncmp(s, " filename ", 10) != 0)
		return false;
	snprintf(e->text, sizeof(e->text), "%s", s + 10);
	return true;
}

/* "sending NAK (1, File not found) to ADDRESS". The reason comes from in.tftpd, the address from
 * the end of the line. */
static bool take_refusal(const char *s, struct tftpd_event *e)
{
	const char *to = strstr(s, ") to ");

	if (strncmp(s, "sending NAK (", 13) != 0 || !to || !take_address(to + 5, &e->address))
		return false;
	e->kind = TFTPD_EVENT_REFUSE;
	s += 13;
	s += strspn(s, "0123456789");
	s += strspn(s, ", ");
	if (s > to)
		return false;
	snprintf(e->text, sizeof(e->text), "%.*s", (int)(to - s), s);
	return true;
}

bool tftpd_log_parse(const char *p, size_t n, int64_t now_ms, struct tftpd_event *ret)
{
	char line[LINE_MAX_BYTES];
	struct tftpd_event e = { .time_ms = now_ms };
	size_t i;

	for (i = 0; i < n && i < sizeof(line) - 1 && p[i]; i++)
		line[i] = p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '?';
	while (i > 0 && p[i - 1] == '\n') /* syslog(3) may end the line */
		i--;
	line[i] = '\0';

	char *end;
	unsigned long priority = line[0] == '<' ? strtoul(line + 1, &end, 10) : 0;
	const char *s = strstr(line, "]: ");

	if (line[0] != '<' || *end != '>' || !s)
		return false;
	s += 3;
	if (!take_request(s, &e) && !take_refusal(s, &e)) {
		/* Below a warning, or UEFI asking for a file's size before it fetches it. */
		if ((priority & 7) > 4 || strcmp(s, "tftp: client does not accept options") == 0)
			return false;
		e.kind = TFTPD_EVENT_TROUBLE;
		snprintf(e.text, sizeof(e.text), "%s", s);
	}
	*ret = e;
	return true;
}
