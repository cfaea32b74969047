// SPDX-License-Identifier: Apache-2.0
/*
 * The only policy: events become transitions of the model's table, and their effects are carried
 * out here. Whoever learns something (packets, requests, reports, the cluster) calls in; the
 * answer is state, a plan, and rows on the timeline. Writes are told to state_commit(), which the
 * caller of a request does before it answers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "provisioner/daemon/appliance.h"

/* Applies an event. False where the table gives it no meaning in the machine's state; then nothing
 * has changed. The caller has set what goes with it (profile, reason) before. */
bool reconcile_event(
	struct appliance *a, struct member *x, enum machine_event event, int64_t now_ms);

/* A step failed: counted, tried again after a pause, or parked. */
void reconcile_failure(struct appliance *a, struct member *x, const char *code, const char *detail,
	int64_t now_ms);

/* Writes the record and tells those who follow. After every change. */
void reconcile_save(struct appliance *a, struct member *x);

/* A machine that was not known. */
int reconcile_add(
	struct appliance *a, const struct machine *m, struct member **ret, struct error *err);
/* Forgets a machine for good: its token dies, its next boot is that of a stranger. It stays where
 * that could not be made durable. */
int reconcile_remove(struct appliance *a, struct member *x, struct error *err);

/* The machine is again as the database has it; x is freed where that does not have it. */
int reconcile_restore(struct appliance *a, struct member *x, struct error *err);

/* Its agent spoke: a call with its token, or its enrolment. */
void reconcile_heard(struct appliance *a, struct member *x, const char *address);

/* The address a machine was seen with. */
void reconcile_address(struct appliance *a, struct member *x, const char *address);

/* After a start: retries that were pending, machines that boot from their disk. */
int reconcile_resume(struct appliance *a, struct error *err);

/* "m-525400123456": what a machine is called before it has a host name. */
void reconcile_name(const struct mac *mac, char out[static MACHINE_NAME_MAX]);
/* A new id. */
int reconcile_mint_id(char out[static MACHINE_ID_MAX], struct error *err);
