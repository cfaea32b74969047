// SPDX-License-Identifier: Apache-2.0
/* Listening sockets, with the errors an operator can act on. */
#pragma once

#include <netinet/in.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Non-blocking, on this address. SW-1002 where the port is taken, SW-1025 where we may not. */
int listen_tcp(struct in_addr address, uint16_t port, int *ret_fd, struct error *err);
/* A unix socket at `path` with this mode, in the place of one that nobody listens on. SW-1024 where
 * a daemon answers there. */
int listen_unix(const char *path, mode_t mode, int *ret_fd, struct error *err);
