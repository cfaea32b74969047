// SPDX-License-Identifier: Apache-2.0
/*
 * The stages of a boot, how long each usually takes, and what can be wrong when it takes longer.
 * A machine that waits is explained from here: what it waits for, since when, what is usual, and
 * what to check. Pure: time is a parameter.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum stage {
	STAGE_DHCP,
	STAGE_TFTP,
	STAGE_IPXE,
	STAGE_KERNEL,
	STAGE_AGENT,
	STAGE_ENROL,
	STAGE_APPROVE,
	STAGE_WRITE,
	STAGE_BOOT,
	STAGE_JOIN,
	STAGE_READY,
};

#define STAGE_COUNT         11
#define STAGE_NAME_MAX      12
#define STAGE_HISTORY       31 /* durations remembered a stage */
#define STAGE_HISTORY_LEAST 5

const char *stage_name(enum stage s);
int stage_parse(const char *name, enum stage *ret, struct error *err);

/* "the installed system's first sign of life": what a machine in this stage waits for. */
const char *stage_waits_for(enum stage s);
/* What to look at when it takes longer than usual: NULL-terminated sentences. */
const char *const *stage_checks(enum stage s);

/* This site's latest durations, a ring a stage. Zeroed is empty. */
struct stage_history {
	struct {
		uint32_t ms[STAGE_HISTORY];
		unsigned count; /* ever added */
	} of[STAGE_COUNT];
};

void stage_history_add(struct stage_history *h, enum stage s, int64_t duration_ms);
/* The median of this site's history, or a first sensible value before there are five. */
int64_t stage_usual_ms(const struct stage_history *h, enum stage s);

/* {"stage","waits_for","since_ms","usual_ms","late","checks":[...]}; late and with checks once the
 * wait is twice the usual. NULL without memory. */
json_t *stage_wait_json(
	const struct stage_history *h, enum stage s, int64_t since_ms, int64_t now_ms);
