// SPDX-License-Identifier: Apache-2.0
/* A ring of events. */
#include "provisioner/daemon/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

struct events {
	struct event ring[EVENTS_MAX];
	int64_t first; /* number of the first since the start */
	int64_t next;
	void (*fn)(void *arg);
	void *arg;
};

int events_new(int64_t now_ms, struct events **ret, struct error *err)
{
	struct events *e = calloc(1, sizeof(*e));

	if (!e)
		return fail_memory(err);
	e->first = e->next = now_ms > 0 ? now_ms : 1;
	*ret = e;
	return 0;
}

static void empty(struct event *event)
{
	free(event->type);
	free(event->data);
	*event = (struct event){ 0 };
}

void events_free(struct events *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < EVENTS_MAX; i++)
		empty(&e->ring[i]);
	free(e);
}

void events_on_publish(struct events *e, void (*fn)(void *arg), void *arg)
{
	e->fn = fn;
	e->arg = arg;
}

void events_publish(struct events *e, const char *type, json_t *data)
{
	struct event *slot = &e->ring[e->next % EVENTS_MAX];
	struct error ignored;
	char *text = NULL, *copy;

	/* without memory an event is lost; followers see the gap as a reset when they reconnect */
	if (!data || json_write(data, &text, &ignored) < 0) {
		json_decref(data);
		return;
	}
	json_decref(data);
	copy = strdup(type);
	if (!copy) {
		free(text);
		return;
	}
	empty(slot);
	*slot = (struct event){ .number = e->next++, .type = copy, .data = text };
	if (e->fn)
		e->fn(e->arg);
}

const struct event *events_find(const struct events *e, int64_t number)
{
	if (number < events_oldest(e) || number >= e->next)
		return NULL;
	return &e->ring[number % EVENTS_MAX];
}

int64_t events_oldest(const struct events *e)
{
	return e->next - e->first > EVENTS_MAX ? e->next - EVENTS_MAX : e->first;
}

int64_t events_next(const struct events *e)
{
	return e->next;
}
