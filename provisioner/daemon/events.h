// SPDX-License-Identifier: Apache-2.0
/*
 * What happens, numbered, for whoever follows: the last EVENTS_MAX are kept. Numbers go up over
 * restarts too (the first is made of the clock), so that one from before is known to be old.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

#define EVENTS_MAX 4096

struct event {
	int64_t number;
	char *type; /* "machine", "timeline", "profile", ... */
	char *data; /* one line of JSON */
};

struct events;
int events_new(int64_t now_ms, struct events **ret, struct error *err);
void events_free(struct events *e);

/* Called after each event, for waking those who wait. */
void events_on_publish(struct events *e, void (*fn)(void *arg), void *arg);

/* Takes `data` over, even NULL (then nothing is published: no memory). */
void events_publish(struct events *e, const char *type, json_t *data);

/* The event of that number, borrowed until the next publish; NULL where it is not there. */
const struct event *events_find(const struct events *e, int64_t number);
int64_t events_oldest(const struct events *e); /* number of the oldest that is kept */
int64_t events_next(const struct events *e);   /* number of the next one */
