// SPDX-License-Identifier: Apache-2.0
/* DHCP and TFTP for the appliance: what boot_services.h tells goes to the timelines. */
#pragma once

#include <jansson.h>

#include "provisioner/daemon/appliance.h"

/* Checks ports and other DHCP servers, and sets the children's configuration up. Nothing is there
 * to do with --no-dhcp. */
int services_open(struct appliance *a, struct error *err);
int services_start(struct appliance *a, struct error *err);
void services_close(struct appliance *a);
/* NULL with --no-dhcp. The caller owns it. */
json_t *services_json(struct appliance *a);
