// SPDX-License-Identifier: Apache-2.0
/*
 * A window: so many machines, so many minutes, in which machines are approved without a click. It
 * never lets a disk be overwritten that holds data (disk_rule.h); such a machine stays pending.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "provisioner/model/machine.h"

#define WINDOW_COUNT_MAX 10000
#define WINDOW_FOR_MAX_S 86400
#define WINDOWS_MAX      64

struct window {
	char id[MACHINE_ID_MAX];
	unsigned count; /* machines it may let in */
	unsigned used;  /* machines it has let in */
	int64_t opened_ms;
	int64_t until_ms;
	char profile[MACHINE_NAME_MAX]; /* "": the one profile that matches the machine */
};

/* {"count","for_s","profile"}; id, used and times are left to the caller. */
int window_parse(const json_t *input, int64_t now_ms, struct window *ret, struct error *err);
/* Open: neither over nor used up. */
bool window_open(const struct window *w, int64_t now_ms);
json_t *window_json(const struct window *w, int64_t now_ms);
