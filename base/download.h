// SPDX-License-Identifier: Apache-2.0
/*
 * A long download into a descriptor (http, https, ftp or ftps, over libcurl), which survives broken
 * connections: it goes on from the byte it was at, waiting longer from time to time. A server that
 * cannot do that starts again, and what is known is dropped. Memory is curl's buffer.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* True for what download_run() takes: a URL, not the name of a file. */
bool download_is_url(const char *text);

/* Writes all of what lies at `url` to fd. -EPIPE where fd has lost its reader, which is no news to
 * whoever holds the other end. Blocks; ends after eight attempts in a row without one byte more. */
int download_run(const char *url, int fd, struct error *err);
