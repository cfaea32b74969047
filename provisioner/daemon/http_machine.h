// SPDX-License-Identifier: Apache-2.0
/* The machine API: what agents say to the appliance, over TLS. */
#pragma once

#include "provisioner/daemon/appliance.h"

#define HTTP_MACHINE_BODY_MAX (256u << 10)

/* Listens on the machine port. SW-1002 where it is taken. */
int http_machine_start(struct appliance *a, struct error *err);
