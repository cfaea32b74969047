// SPDX-License-Identifier: Apache-2.0
/*
 * Silences the hardware before another kernel takes this one's memory. What a kernel does by itself
 * before a kexec (device_shutdown()) leaves virtio devices and some network cards running: a packet
 * that comes meanwhile is written to where the next kernel has put something else.
 */
#pragma once

#include "base/error.h"
#include "provisioner/agent/tree.h"

/* Ends all other processes but process 1 and takes the devices from their drivers. Nothing may be
 * mounted any more. Blocks for at most 15 s. -ETIMEDOUT where a driver does not let go of one:
 * neither kexec nor an orderly restart would come to an end then. */
int quiesce(struct error *err);

/* Takes network cards and virtio devices from their drivers, which stops and resets them. What
 * refuses is passed over. May block for ever. */
void quiesce_devices(const struct tree *tree);
