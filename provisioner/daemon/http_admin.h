// SPDX-License-Identifier: Apache-2.0
/* The admin API: what operators' programs say, over a unix socket. */
#pragma once

#include "provisioner/daemon/appliance.h"
#include "provisioner/daemon/http_reply.h"

/* Listens on RUN_DIR/api.sock. */
int http_admin_start(struct appliance *a, struct error *err);

/* Puts a change that was made in memory and in the open transaction into the audit log, before it
 * is made durable. Where the log can't be written the change is taken back. detail may be NULL. */
int admin_record(struct http_exchange *x, struct appliance *a, const char *action,
	const char *object, const char *detail, struct error *err);
/* The same for several changes at once. */
struct audit_entry;
int admin_record_all(
	struct appliance *a, const struct audit_entry *entries, size_t n, struct error *err);

/* The machine of a path, by id, name, MAC or serial. SW-5011 where there is none. */
struct member *admin_find_machine(struct appliance *a, const char *reference, struct error *err);

/* Handlers, by noun: admin_audit.c, admin_machines.c, admin_settings.c, admin_status.c,
 * admin_undo.c. */
void admin_audit_list(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_machines_list(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_machines_show(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_machines_approve(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_machines_approve_many(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_machines_delete(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_undo_list(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_undo_show(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_profiles_list(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_profiles_show(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_profiles_put(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_profiles_delete(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_clusters_list(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_clusters_show(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_clusters_put(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_clusters_delete(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_clusters_check(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_windows_list(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_windows_open(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_windows_close(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_status_show(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_images_list(struct http_exchange *x, const struct route_match *m, void *arg);
void admin_events_follow(struct http_exchange *x, const struct route_match *m, void *arg);
