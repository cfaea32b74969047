// SPDX-License-Identifier: Apache-2.0
/* What a disk held, sent to the appliance before the disk is written. Called by work.c. */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "provisioner/agent/api.h"

/* Sends it where the disk (the inventory's object) holds anything; a write of ours that was cut off
 * (`is_resumed`) leaves nothing worth it. SW-3019 where the appliance does not take it: nothing may
 * be written then. */
int undo_send(struct api *api, const char *device, const json_t *disk, bool is_resumed,
	struct error *err);
