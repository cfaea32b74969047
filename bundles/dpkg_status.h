// SPDX-License-Identifier: Apache-2.0
/* The packages that a Debian tree has installed: dpkg's status file (deb-control(5), dpkg(1)). */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

#define DPKG_STATUS_FILE  "var/lib/dpkg/status"
#define DPKG_STATUS_MAX   (32u << 20) /* bytes */
#define DPKG_PACKAGES_MAX 100000

/* *ret: [{name, version, architecture, maintainer, source}], sorted by name and architecture; only
 * what is installed. Texts that are not there are "". The caller owns it. */
int dpkg_status_parse(const char *p, size_t n, json_t **ret, struct error *err);
