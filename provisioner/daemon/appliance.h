// SPDX-License-Identifier: Apache-2.0
/*
 * The appliance: everything the daemon holds, opened in order and closed in the opposite one. Parts
 * take a pointer to it; the loop thread alone touches it, but for the boot table and the access
 * queue, which the bulk server's thread shares.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/error.h"
#include "base/http_client.h"
#include "bundles/store.h"
#include "provisioner/daemon/access.h"
#include "provisioner/daemon/auth.h"
#include "provisioner/daemon/boot_table.h"
#include "provisioner/daemon/events.h"
#include "provisioner/daemon/options.h"
#include "provisioner/daemon/roster.h"
#include "provisioner/daemon/state.h"
#include "provisioner/daemon/timeline.h"
#include "provisioner/daemon/tls_identity.h"
#include "provisioner/model/window.h"

struct http_bulk;
struct http_server;
struct joining;
struct sticks;
struct boot_services;

struct appliance {
	const struct options *options;
	sd_event *loop;
	void (*on_ready)(const struct appliance *a); /* sockets are bound, the children answer */
	int64_t started_ms;                          /* wall clock */
	int64_t opened_ms;                           /* the same moment, monotonic */
	struct state *state;
	struct events *events;
	struct roster roster;
	struct timeline timeline;
	struct window windows[WINDOWS_MAX];
	size_t windows_n;
	struct tls_identity identity;
	struct auth *auth;
	struct store *store;
	struct boot_table *boot;
	struct http_async *http;
	struct joining *joining;
	struct access_queue *accesses;
	struct http_bulk *bulk;
	struct sticks *sticks; /* NULL where the kernel tells of no devices */
	struct http_server *machine_api;
	struct http_server *admin_api;
	struct boot_services *services; /* dnsmasq and in.tftpd; NULL with --no-dhcp */
	int64_t unrecorded_ms;  /* monotonic: a failed flush was logged; 0: the last was good */
	sd_event_source *flush; /* commits what nobody waits for */
	sd_event_source *tick;  /* wakes followers, looks for long waits */
	char address[INET_ADDRSTRLEN]; /* ours, as text */
	char registry[64];             /* "http://ADDR[:PORT]" */
};

/* Opens the state and fills the roster; no sockets and no children yet. */
int appliance_open(struct appliance *a, const struct options *o, sd_event *loop, struct error *err);
/* Binds the ports, starts the children, takes up what was under way. `on_ready` is called once all
 * of it serves: at the end of this call or later from the loop. */
int appliance_start(
	struct appliance *a, void (*on_ready)(const struct appliance *a), struct error *err);
/* Stops in the opposite order. Fine on one that was opened in part. */
void appliance_close(struct appliance *a);

/* Makes sure that what was written is committed before long. */
void appliance_touch(struct appliance *a);
