// SPDX-License-Identifier: Apache-2.0
/*
 * Inside boot_services: what its three files share. boot_services.c makes it, boot_children.c
 * listens to the children and asks whether they live, boot_foreign.c decides about other DHCP
 * servers.
 */
#pragma once

#include "provisioner/daemon/boot_services.h"
#include "provisioner/daemon/dhcp_watch.h"
#include "provisioner/daemon/service.h"
#include "pxe/dnsmasq.h"
#include "pxe/tftpd.h"

#define BOOT_PATH_MAX 4096
#define BOOT_ALARMS   (BOOT_ALARM_INTERFACE + 1)

struct boot_alarm {
	bool on;
	char code[8];
	char text[ERROR_TEXT_MAX];
};

struct boot_services {
	struct boot_events events;
	sd_event *loop; /* borrowed */
	struct pxe_config pxe;
	char lease_path[BOOT_PATH_MAX];
	char conf_path[BOOT_PATH_MAX];
	char tftp_dir[BOOT_PATH_MAX];
	char dev_dir[BOOT_PATH_MAX];
	struct dnsmasq_argv dnsmasq_argv;
	struct tftpd_argv tftpd_argv;
	struct service *dnsmasq;
	struct service *tftpd;
	struct dnsmasq_log log;
	sd_event_source *flush;
	sd_event_source *ready; /* asks until both children have answered once */
	bool dnsmasq_ready;
	bool tftpd_ready;
	int tftpd_fd; /* its log */
	sd_event_source *tftpd_log;
	int ask_fd; /* asks in.tftpd whether it lives */
	struct dhcp_watch *watch;
	int64_t watch_ms;       /* between look-outs while all is well */
	struct in_addr foreign; /* the server that answers; 0: none */
	unsigned alone;         /* rounds without an answer since */
	struct boot_alarm alarms[BOOT_ALARMS];
};

/* boot_children.c: the two services, and what hears their logs. */
int boot_children_new(struct boot_services *b, struct error *err);
void boot_children_free(struct boot_services *b);
int boot_children_start(struct boot_services *b, struct error *err);

/* boot_foreign.c: what is done after each look-out; for struct dhcp_watch_options. */
int64_t boot_foreign_round(
	int outcome, const struct probe_server *server, const struct error *err, void *arg);
