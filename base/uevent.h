// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel's words about devices that come and go (lib/kobject_uevent.c): "ACTION@DEVPATH", then
 * KEY=VALUE texts, each ended by NUL. Only messages of the kernel itself are taken.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define UEVENT_MAX 8192

struct uevent {
	const char *action;    /* "add"; the rest "" where not told. Borrowed from the message */
	const char *subsystem; /* "block", "net", "pci" */
	const char *devtype;   /* "disk", "partition" */
	const char *modalias;
	const char *devname; /* "sdb1" */
};

/* Reads one message; p[n - 1] is NUL or it is refused (-EBADMSG). */
int uevent_parse(const uint8_t *p, size_t n, struct uevent *ret, struct error *err);

/* Opens a socket that gets them; non-blocking. */
int uevent_open(int *ret_fd, struct error *err);

/* The next message into room: 1 and *ret (borrowed from room), 0 where none waits, 2 where the
 * kernel had to drop some, so that /sys must be looked at anew. */
int uevent_receive(int fd, uint8_t room[static UEVENT_MAX], struct uevent *ret);
