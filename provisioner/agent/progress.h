// SPDX-License-Identifier: Apache-2.0
/*
 * How far the work is, told to the screen and, at most once a second, to the appliance. The
 * appliance being away does not stop the work; its wish to stop it does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "provisioner/agent/api.h"
#include "provisioner/agent/screen.h"

struct progress {
	struct api *api;
	struct screen *screen;
	char disk[API_TEXT_MAX]; /* identity of the disk that is written; "" before it is chosen */
	char step[64];
	uint64_t done_bytes, total_bytes;
	uint64_t rate_bps; /* bytes a second, smoothed; 0 unknown */
	int64_t mark_ms;   /* when mark_bytes was taken */
	uint64_t mark_bytes;
	int64_t report_ms; /* no report before this */
	bool stopped;      /* the appliance wants no more of it */
};

void progress_start(struct progress *p, struct api *api, struct screen *screen);

/* Tells that this disk is about to be written and waits for the answer: the appliance must know it
 * before the first byte is gone. */
int progress_claim(struct progress *p, const char *disk, struct error *err);

/* Where the work is. Non-zero where it shall stop; progress_fail() then says why. */
int progress_tell(struct progress *p, const char *step, uint64_t done_bytes, uint64_t total_bytes);

/* SW-3020 where the appliance stopped the work; else err as it is. */
int progress_fail(const struct progress *p, struct error *err);

/* The last word: err NULL: done. Asked again until the appliance has taken or refused it. */
void progress_end(struct progress *p, const struct error *fault);
