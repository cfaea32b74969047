// SPDX-License-Identifier: Apache-2.0
/*
 * What a disk holds, by libblkid: its partition table and every signature on it and on its
 * partitions (file systems, swap, LVM, RAID, LUKS, ZFS, Ceph). Called by the inventory. It reads
 * only; a disk that cannot be read is told as holding "unreadable", so that nothing overwrites it.
 */
#pragma once

#include "provisioner/agent/inventory_disk.h"

/* Fills holds and n_holds of d, each word once: "gpt", "ext4", "lvm2_member" ... "unknown" means no
 * signature but bytes other than zero at its ends or in samples between. path: device or file. */
void disk_holds_read(const char *path, struct inventory_disk *d);
