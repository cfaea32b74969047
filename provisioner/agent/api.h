// SPDX-License-Identifier: Apache-2.0
/*
 * The machine API as the agent calls it: JSON over TLS, the appliance known by its key alone. The
 * bearer token lives here, in memory, and goes nowhere but into the Authorization header.
 *
 * An appliance that has forgotten us (401, after a restore or a restart) is told who we are again:
 * every call but hello enrols anew with the same key, once, and asks again. All calls block.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/http_client.h"
#include "provisioner/agent/cmdline.h"
#include "provisioner/agent/identity.h"

#define API_TOKEN_MAX 128
#define API_TEXT_MAX  257
#define API_PATH_MAX  64

struct api {
	const struct cmdline *cmdline;
	const struct identity *identity;
	struct http_client *http;
	bool set_clock;  /* take the appliance's time */
	char *inventory; /* JSON text that enrolment sends; owned */
	char spki[CMDLINE_SPKI_MAX];
	char token[API_TOKEN_MAX];  /* secret; "" before enrolment */
	char machine[API_TEXT_MAX]; /* id the appliance minted */
	char name[API_TEXT_MAX];
	char check_code[CHECK_CODE_MAX];
};

struct api_report {
	const char *stage;  /* "write" */
	const char *status; /* "running", "done", "failed" */
	const char *step;   /* "layer 2/3"; NULL: none */
	const char *disk;   /* identity of the disk that is written; NULL: none */
	uint64_t done_bytes, total_bytes;
	uint64_t rate_bps;         /* bytes a second */
	const struct error *fault; /* of a failure; NULL: none */
};

int api_open(struct api *a, const struct cmdline *c, const struct identity *id, struct error *err);
void api_close(struct api *a);

/* True where the appliance understood and said no: asking again would not help. */
bool api_refused(const struct error *err);

/* Takes over the inventory's text for this and later enrolments. */
void api_set_inventory(struct api *a, char *inventory);

/* Says hello, takes the time, proves the key. Errors: SW-5010 the appliance's check code is not
 * ours, else what the appliance answered or why it could not be asked. */
int api_enrol(struct api *a, struct error *err);

/* The state of affairs and the plan, if any; the caller owns *ret. */
int api_plan(struct api *a, int64_t seq, json_t **ret, struct error *err);

/* *ret_abort: the appliance wants the work stopped. Gives up after a few seconds. */
int api_report(struct api *a, const struct api_report *report, bool *ret_abort, struct error *err);

int api_send_csr(struct api *a, const char *csr_pem, struct error *err);
/* 0 and *ret_files (an array, the caller's) where it is issued; 1 where it is not yet. */
int api_ask_certificate(struct api *a, json_t **ret_files, struct error *err);

/* One piece of what the disk held (provisioner/agent/undo.h). */
int api_undo(struct api *a, uint64_t at, const void *p, size_t n, bool is_last, struct error *err);

/* body: {"disk":{...},"boot":"...","layers":[...],"receipt":{...}}. */
int api_installed(struct api *a, const json_t *body, struct error *err);
