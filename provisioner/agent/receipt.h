// SPDX-License-Identifier: Apache-2.0
/* What was written onto a machine's disk, when, and by which appliance: kept on the disk
 * itself and by the appliance. */
#pragma once

#include "base/error.h"
#include "provisioner/agent/cmdline.h"
#include "provisioner/agent/image.h"
#include "provisioner/agent/plan.h"

#define RECEIPT_PATH "/var/lib/slipway/receipt.json"

/* JSON text, the caller's. disk: as the inventory has it. Only digests that held are in it: it is
 * made once all of the image was verified. */
int receipt_make(const struct plan *p, const struct image *image, const json_t *disk,
	const struct cmdline *appliance, char **ret, struct error *err);
