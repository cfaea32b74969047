// SPDX-License-Identifier: Apache-2.0
/* What of the machine that built a root file system does not belong in an image, and what stands in
 * its place. For rootfs_layer.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "bundles/overlay.h"

/* True where an entry of this path and type (S_IFREG ...) is left out. */
bool rootfs_is_left_out(const char *path, mode_t type);
/* True for a host key of SSH, which every machine has to make for itself. */
bool rootfs_is_host_key(const char *path);

/* Put into every image: an empty machine-id, which the first boot fills. */
extern const struct overlay_item rootfs_machine_id;
/* Put where host keys were left out: a unit that makes new ones before sshd starts. */
#define ROOTFS_HOST_KEYS 2
extern const struct overlay_item rootfs_host_keys[ROOTFS_HOST_KEYS];
