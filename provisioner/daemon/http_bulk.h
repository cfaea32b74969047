// SPDX-License-Identifier: Apache-2.0
/*
 * The bulk side of HTTP: boot scripts, kernel, agent image and the registry's view of the store,
 * plain and with sendfile, a thread a connection. It decides nothing: what a machine boots comes
 * from the boot table, what the registry answers from bundles/registry.h; what was fetched goes to
 * the access queue. Ranges, ETags and HEAD are its business.
 */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"
#include "provisioner/daemon/access.h"
#include "provisioner/daemon/boot_table.h"

struct http_bulk;

struct http_bulk_options {
	int listen_fd;        /* taken over, also on failure */
	const char *store;    /* folder of the store */
	const char *data_dir; /* holds agent/vmlinuz, agent/initrd, agent/local.efi */
	const char *tftp_dir; /* holds the loaders */
	const char *address;  /* ours, as text */
	uint16_t http_port;
	uint16_t machine_port;
	struct digest pin;             /* of the machine API's key */
	struct boot_table *boot;       /* borrowed */
	struct access_queue *accesses; /* borrowed */
};

int http_bulk_new(const struct http_bulk_options *o, struct http_bulk **ret, struct error *err);
/* Ends the threads; what is being sent is cut off. */
void http_bulk_free(struct http_bulk *b);
