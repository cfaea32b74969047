// SPDX-License-Identifier: Apache-2.0
/*
 * The installed system's kernel command line and grub.cfg (GRUB manual 2.06, "Writing full
 * configuration files directly"). Pure. Every word that goes in is checked against a list of
 * characters first and put between single quotes then, so nothing breaks out of it.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "images/kernel.h"

/* A kernel that panics starts anew after so many seconds: nobody stands beside the machine. An
 * image's own panic=N comes later, and the later one counts. */
#define GRUB_PANIC "panic=30"

/* "root=UUID=... ro panic=30 ARG ARG": what kexec is given as well. Without an initrd nothing could
 * resolve a file system's UUID, so root_partuuid is used then. SW-3014 for an argument that holds
 * spaces, quotes, backslashes or control characters. */
int grub_cmdline_format(const struct kernel *kernel, const char *root_uuid,
	const char *root_partuuid, const char *const *args, struct buf *out, struct error *err);

/* A configuration that starts the kernel its links lead to at that time, else `kernel` itself, at
 * once, and falls back to the firmware's next device. A
 * console=ttyS... among the command line's words gives GRUB that serial port, too. */
int grub_config_format(
	const struct kernel *kernel, const char *cmdline, struct buf *out, struct error *err);
