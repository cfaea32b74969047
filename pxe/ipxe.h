// SPDX-License-Identifier: Apache-2.0
/*
 * What iPXE is told: one script to begin with, and two answers. They keep to the commands of
 * Debian 12's iPXE (2019), so every later one takes them as well. All addresses in them are
 * relative to the script's own URL (http://APPLIANCE/boot/start.ipxe); the only bytes put in are
 * the caller's kernel arguments, and no byte of a machine ever is.
 *
 * No script ends: what fails says so on the machine's screen, waits, and asks again.
 */
#pragma once

#include "base/buf.h"
#include "base/error.h"

/* iPXE's own limit is higher; this is the kernel's COMMAND_LINE_SIZE on x86. */
#define IPXE_ARGS_MAX 2047

/* /boot/start.ipxe: asks for /boot/next.ipxe?mac=52-54-00-12-34-56&platform=efi. */
extern const char ipxe_start_script[];

/* Answer "boot local": BIOS boots the first disk that has something to boot; UEFI by
 * /boot/local.efi, a GRUB that starts the boot loader on the installed disk (images/local-loader).
 */
extern const char ipxe_local_script[];

/* Answer "boot the agent": /boot/vmlinuz with these arguments (NULL-terminated), and /boot/initrd.
 * -EINVAL for an argument that holds anything but letters, digits and "._:/=,@%+-"; -E2BIG past
 * IPXE_ARGS_MAX. */
int ipxe_agent_format(const char *const *args, struct buf *out, struct error *err);
