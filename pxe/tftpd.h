// SPDX-License-Identifier: Apache-2.0
/*
 * in.tftpd (tftpd-hpa): serves the first loaders and nothing else, from a folder that holds only
 * copies of them. It logs by syslog(3) alone, to /dev/log; so it gets a /dev of its own, in its own
 * mount namespace, where `log` is our socket. Its log is read back by pxe/tftpd_log.h.
 */
#pragma once

#include <netinet/in.h>

#include "base/error.h"

#define TFTP_PORT        69
#define TFTPD_ARGV_MAX   16
#define TFTPD_PATH_MAX   4096
#define TFTPD_LOADER_DIR "/usr/lib/ipxe" /* of Debian's ipxe package */

/* Makes `dir` anew, with nothing in it but the loaders of pxe/arch.h, mode 0444. Each is taken from
 * the first of `sources` (NULL-terminated) that has it; one that is missing in all is an error. */
int tftpd_fill(const char *dir, const char *const *sources, struct error *err);

/* Makes the folder that becomes the child's /dev, with its log socket; *ret_fd receives datagrams
 * and is non-blocking. What an earlier run left there is replaced. */
int tftpd_dev_open(const char *dev_dir, int *ret_fd, struct error *err);

/* The hook for process_options.prepare: gives the child its /dev. arg is the path of the folder
 * made by tftpd_dev_open(). Needs CAP_SYS_ADMIN. */
int tftpd_dev_enter(void *arg);

struct tftpd_argv {
	char address[INET_ADDRSTRLEN + 8];
	const char *argv[TFTPD_ARGV_MAX];
};

/* The command that serves `dir` (borrowed) at address:69, read-only, dropping to nobody. */
void tftpd_argv(struct tftpd_argv *a, struct in_addr address, const char *dir);
