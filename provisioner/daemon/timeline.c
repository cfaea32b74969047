// SPDX-License-Identifier: Apache-2.0
/* Rows: begun, measured, ended, and shown. */
#include "provisioner/daemon/timeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/encode.h"

static json_t *row_json(const struct timeline *t, const struct state_row *row)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I}", "number",
		(json_int_t)row->number, "boot", (json_int_t)row->boot, "stage",
		stage_name(row->stage), "status", row->status, "start_ms",
		(json_int_t)row->start_ms, "end_ms", (json_int_t)row->end_ms, "evidence",
		row->evidence, "bytes", (json_int_t)row->bytes, "rate_bps",
		(json_int_t)row->rate_bps, "usual_ms",
		(json_int_t)stage_usual_ms(&t->history, row->stage));
}

static void publish(struct timeline *t, const struct member *x, const struct state_row *row)
{
	json_t *data = row_json(t, row);

	if (data) {
		json_object_set_new(data, "machine", json_string(x->m.id));
		json_object_set_new(data, "name", json_string(x->m.name));
	}
	events_publish(t->events, "timeline", data);
}

static void put(struct timeline *t, struct member *x, const struct state_row *row)
{
	struct error told_by_commit;

	x->changed_in = state_generation(t->state);
	(void)state_put_row(t->state, x->m.id, row, &told_by_commit);
	publish(t, x, row);
}

static struct state_row running_row(const struct member *x)
{
	return (struct state_row){
		.number = x->row.number,
		.boot = x->m.boot,
		.stage = x->m.stage,
		.status = "running",
		.start_ms = x->row.start_ms,
		.evidence = x->row.evidence,
		.bytes = x->row.bytes,
		.rate_bps = x->row.rate_bps,
	};
}

/* Evidence may quote a machine's words: control characters become '?', a cut character goes. */
static void set_evidence(struct member *x, const char *fmt, va_list ap)
{
	char *text = x->row.evidence;
	size_t n;

	vsnprintf(text, sizeof(x->row.evidence), fmt, ap);
	for (char *p = text; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	}
	n = strlen(text);
	while (n > 0 && !utf8_valid(text, n))
		text[--n] = 0;
}

static void end_row(struct timeline *t, struct member *x, const char *status, int64_t now_ms)
{
	struct state_row row = running_row(x);

	if (!x->row.open)
		return;
	row.status = status;
	row.end_ms = now_ms > row.start_ms ? now_ms : row.start_ms + 1;
	put(t, x, &row);
	x->row.open = false;
	if (strcmp(status, "done") == 0)
		stage_history_add(&t->history, x->m.stage, row.end_ms - row.start_ms);
}

static void begin_row(struct timeline *t, struct member *x, enum stage stage, int64_t now_ms)
{
	if (x->m.boot == 0)
		x->m.boot = 1;
	if (x->row.open && stage < x->m.stage) {
		end_row(t, x, x->m.stage == STAGE_READY ? "done" : "interrupted", now_ms);
		x->m.boot++;
	} else if (x->row.open) {
		end_row(t, x, "done", now_ms);
	} else if (stage < x->m.stage) {
		x->m.boot++;
	}
	x->m.stage = stage;
	x->m.stage_ms = now_ms;
	x->row.open = true;
	x->row.number = ++x->row.last;
	x->row.start_ms = now_ms;
	x->row.bytes = x->row.rate_bps = 0;
	x->row.evidence[0] = 0;
}

void timeline_enter(struct timeline *t, struct member *x, enum stage stage, int64_t now_ms,
	const char *fmt, ...)
{
	struct state_row row;
	va_list ap;

	if (!x->row.open || x->m.stage != stage)
		begin_row(t, x, stage, now_ms);
	va_start(ap, fmt);
	if (fmt)
		set_evidence(x, fmt, ap);
	va_end(ap);
	row = running_row(x);
	put(t, x, &row);
}

void timeline_measure(
	struct timeline *t, struct member *x, int64_t bytes, int64_t rate_bps, bool keep)
{
	struct state_row row;

	if (!x->row.open)
		return;
	x->row.bytes = bytes;
	x->row.rate_bps = rate_bps;
	row = running_row(x);
	if (keep)
		put(t, x, &row);
	else
		publish(t, x, &row);
}

void timeline_end(struct timeline *t, struct member *x, const char *status, int64_t now_ms,
	const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (fmt)
		set_evidence(x, fmt, ap);
	va_end(ap);
	end_row(t, x, status, now_ms);
}

void timeline_note(struct timeline *t, struct member *x, const char *status, int64_t now_ms,
	const char *fmt, ...)
{
	struct member note = { .m = x->m };
	struct state_row row;
	va_list ap;

	va_start(ap, fmt);
	set_evidence(&note, fmt, ap);
	va_end(ap);
	row = (struct state_row){ .number = ++x->row.last,
		.boot = x->m.boot,
		.stage = x->m.stage,
		.status = status,
		.start_ms = now_ms,
		.end_ms = now_ms,
		.evidence = note.row.evidence };
	put(t, x, &row);
}

static void restore(const struct state_row *row, void *arg)
{
	struct member *x = arg;

	x->row.open = true;
	x->row.number = row->number;
	x->row.start_ms = row->start_ms;
	x->row.bytes = row->bytes;
	x->row.rate_bps = row->rate_bps;
	snprintf(x->row.evidence, sizeof(x->row.evidence), "%s", row->evidence);
}

int timeline_load(struct timeline *t, struct member *x, struct error *err)
{
	int r = state_last_row(t->state, x->m.id, &x->row.last, err);

	return r == 0 ? state_open_row(t->state, x->m.id, restore, x, err) : r;
}

struct row_list {
	struct timeline *t;
	json_t *rows;
};

static void append_row(const struct state_row *row, void *arg)
{
	struct row_list *list = arg;

	json_array_append_new(list->rows, row_json(list->t, row));
}

int timeline_json(struct timeline *t, struct member *x, json_t **ret, struct error *err)
{
	auto_json json_t *rows = json_array();
	struct row_list list = { t, rows };
	int r = state_each_row(t->state, x->m.id, append_row, &list, err);

	if (r < 0)
		return r;
	*ret = take_ptr(&rows);
	return 0;
}
