// SPDX-License-Identifier: Apache-2.0
/*
 * What the network shows of machines: DHCP, TFTP and HTTP, turned into stages of their timelines
 * and events of their states. Nothing here is proof of who a machine is.
 */
#pragma once

#include "provisioner/daemon/access.h"
#include "provisioner/daemon/appliance.h"
#include "pxe/dnsmasq_log.h"
#include "pxe/tftpd_log.h"

void sighting_dhcp(struct appliance *a, const struct dnsmasq_event *e);
void sighting_tftp(struct appliance *a, const struct tftpd_event *e);
/* An access_fn; arg is the struct appliance. */
void sighting_access(const struct access *access, void *arg);
/* The agent's first word, by its address. */
void sighting_agent(struct appliance *a, const char *address);
