// SPDX-License-Identifier: Apache-2.0
/*
 * A machine's whole life with everything real but the network and the cluster: what the tests of
 * reconcile*.c do to it, a line a step. `appliance` is begun anew for each test, its database
 * in a folder of its own.
 */
#pragma once

#include "tests/unit/unit.h"

#include "provisioner/daemon/appliance.h"
#include "provisioner/daemon/driver.h"
#include "provisioner/daemon/sightings.h"

/* A cluster that does what the test says, when it says so. */
struct life_cluster {
	struct driver_events events;
	driver_done_fn admitted;
	void *admitted_arg;
	char prepared[64];
	char labelled[64];
	char csr[64];
};

extern struct life_cluster life_cluster;
extern struct appliance appliance;
extern const struct mac life_mac;

void life_start(void);
struct member *life_enrol(uint8_t key, const char *holds);
void life_dhcp(enum dnsmasq_event_kind kind, int arch, bool ipxe);
void life_http(enum access_kind kind, bool local);
void life_netboot(void);
void life_system_dhcp(void);
void life_node(bool present, bool ready, const char *boot_id);
void life_silence(struct member *x);
void life_poll(struct member *x);
bool life_report(struct member *x, const char *status, const char *code);
void life_installed(struct member *x);
struct member *life_bring_up(void);
void life_check_stages(struct member *x, const char *const *want);
int life_alarms(struct member *x);
int life_begin(void **state);
int life_end(void **state);
int life_folder_make(void **state);
int life_folder_remove(void **state);

#define life(f) cmocka_unit_test_setup_teardown(f, life_begin, life_end)
