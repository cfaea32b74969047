// SPDX-License-Identifier: Apache-2.0
/*
 * Unpacks one OCI layer (image-spec, layer.md) into the current folder, with owners, modes, times,
 * links, devices, sparse files, ACLs and extended attributes. Called by images/rootfs.h in a child
 * whose root that folder is; the names are checked here all the same.
 *
 * Extended attributes kept are user.*, security.capability and POSIX ACLs; the others belong to
 * the machine they were set on or need more rights than the child has.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/* Reads a tar, plain or packed with gzip or zstd, from fd up to its end. has_lower: there are lower
 * layers for whiteouts to hide. Errors: SW-3011 damaged or hostile, SW-3013 no room. */
int layer_unpack(int fd, bool has_lower, struct error *err);
