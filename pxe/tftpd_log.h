// SPDX-License-Identifier: Apache-2.0
/*
 * The syslog datagrams of in.tftpd, read as events. With -v -v it writes
 *
 *	<29>Nov 24 09:12:00 in.tftpd[812]: RRQ from 10.9.0.57 filename undionly.kpxe
 *	<29>Nov 24 09:12:00 in.tftpd[813]: sending NAK (1, File not found) to 10.9.0.57
 *
 * The file name is the machine's word: printable ASCII here, but no more than a text to show.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TFTPD_TEXT_MAX 128

enum tftpd_event_kind {
	TFTPD_EVENT_READ,    /* a machine asks for a file */
	TFTPD_EVENT_WRITE,   /* a machine tries to write; it is refused */
	TFTPD_EVENT_REFUSE,  /* an error was sent; text says which */
	TFTPD_EVENT_TROUBLE, /* in.tftpd itself is in trouble; text says how, no address */
};

struct tftpd_event {
	enum tftpd_event_kind kind;
	int64_t time_ms; /* as given with the datagram */
	struct in_addr address;
	char text[TFTPD_TEXT_MAX]; /* file name, or what went wrong */
};

/* Reads one datagram: true and *ret, or false where it tells nothing of interest. */
bool tftpd_log_parse(const char *p, size_t n, int64_t now_ms, struct tftpd_event *ret);
