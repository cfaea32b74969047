// SPDX-License-Identifier: Apache-2.0
/*
 * slipway machine watch: timeline lines as they happen, from the daemon's events.
 *
 * A row is told when it begins and when its status changes; one that measures bytes, every few
 * seconds in between. A daemon that goes away is waited for: it goes on where it was, and so do we.
 * Where more happened than it holds events of, the rows are read from the timelines.
 */
#include <poll.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "provisioner/cli/client.h"
#include "provisioner/cli/facts.h"
#include "provisioner/cli/machine.h"
#include "provisioner/cli/output.h"

#define COLOR_RED         "\033[31m"
#define COLOR_GREEN       "\033[32m"
#define COLOR_END         "\033[0m"
#define PROGRESS_EVERY_MS 5000
#define AGAIN_AFTER_MS    1000
#define ABSENT_MAX_MS     60000
#define LAG_MS            10000 /* an event may have happened so long before we heard of it */

struct watch {
	const struct cli *cli;
	const struct args *args;
	const char *until; /* a state; NULL: for ever */
	json_t *states;    /* object: machine's id to its record */
	json_t *told;      /* object: machine's id to what was printed of it, see row_news() */
	int64_t seen_ms;   /* when something was last heard */
	int64_t last;      /* number of the last event that is in `states` or was told */
};

static bool wanted(const struct watch *w, const json_t *machine)
{
	if (w->args->n_operands == 0)
		return true;
	for (int i = 0; i < w->args->n_operands; i++)
		if (machine_is(machine, w->args->operands[i]))
			return true;
	return false;
}

static bool state_reached(const struct watch *w, const json_t *machine)
{
	return strcmp(json_at_str(machine, "state"), w->until) == 0;
}

/* True where all that were named are there and in the state waited for; where none was named, all
 * there are, and at least one. */
static bool watch_over(const struct watch *w)
{
	const char *id;
	json_t *machine;
	int reached = 0;

	if (!w->until)
		return false;
	json_object_foreach (w->states, id, machine) {
		if (!wanted(w, machine))
			continue;
		if (!state_reached(w, machine))
			return false;
		reached++;
	}
	return reached > 0 && reached >= w->args->n_operands;
}

/*
 * True where this row says something new since it was last printed. Of each machine is kept which
 * numbers were printed ("low" to "high"), which of them runs, and when that was last printed. Below
 * "low" is a row that ran before we began, and above it are notes that came in the meantime.
 */
static bool row_news(struct watch *w, const json_t *row)
{
	const char *id = json_str(row, "machine", "");
	const json_t *before = json_object_get(w->told, id);
	int64_t number = json_int(row, "number", 0), running = json_int(before, "running", 0);
	int64_t low = json_int(before, "low", number), high = json_int(before, "high", 0);
	bool over = strcmp(json_str(row, "status", ""), "running") != 0;

	if (number <= high && number >= low && number != running)
		return false;
	if (number == running && !over &&
		(json_int(row, "bytes", 0) == 0 ||
			monotonic_ms() - json_int(before, "ms", 0) < PROGRESS_EVERY_MS))
		return false;
	if (!over)
		running = number;
	else if (number == running)
		running = 0;
	(void)json_object_set_new(w->told, id,
		json_pack("{s:I, s:I, s:I, s:I}", "low", (json_int_t)(number < low ? number : low),
			"high", (json_int_t)(number > high ? number : high), "running",
			(json_int_t)running, "ms", (json_int_t)monotonic_ms()));
	return true;
}

static void row_measure(const json_t *row, struct buf *out)
{
	int64_t bytes = json_int(row, "bytes", 0);
	int64_t rate = json_int(row, "rate_bps", 0);
	char text[SIZE_TEXT_MAX];

	if (bytes > 0)
		buf_printf(out, " %s", size_format((uint64_t)bytes, text));
	if (rate > 0)
		buf_printf(out, " at %s/s", size_format((uint64_t)rate, text));
}

static const char *row_color(const json_t *row)
{
	const char *status = json_str(row, "status", "");

	if (strcmp(status, "failed") == 0 || strcmp(status, "alarm") == 0)
		return COLOR_RED;
	return strcmp(json_str(row, "stage", ""), "ready") == 0 ? COLOR_GREEN : "";
}

static void row_print(const json_t *row, bool color_wanted)
{
	const char *color;
	const char *status = json_str(row, "status", "");
	int64_t start = json_int(row, "start_ms", 0);
	int64_t end = json_int(row, "end_ms", 0);
	bool running = strcmp(status, "running") == 0;
	auto_buf line = { .max = 4096 };
	char took[TIME_TEXT_MAX];

	clock_format(end > 0 ? end : json_int(row, "bytes", 0) ? now_ms() : start, &line);
	buf_printf(
		&line, "  %-12s  %-8s ", json_str(row, "name", "?"), json_str(row, "stage", "?"));
	buf_puts(&line, running ? "..." : status);
	row_measure(row, &line);
	if (end > start)
		buf_printf(&line, " after %s", duration_format(end - start, took));
	if (*json_str(row, "evidence", ""))
		buf_printf(&line, ": %s", json_str(row, "evidence", ""));
	color = !color_wanted ? "" : row_color(row);
	printf("%s", color);
	text_put(stdout, buf_str(&line));
	printf("%s\n", *color ? COLOR_END : "");
}

static void row_take(struct watch *w, const json_t *row)
{
	const json_t *machine = json_object_get(w->states, json_str(row, "machine", ""));

	if (!(machine ? wanted(w, machine) : wanted(w, row)) || !row_news(w, row))
		return;
	if (!output_value(w->cli, row, "name"))
		row_print(row, w->cli->color);
	(void)fflush(stdout); /* whoever reads a pipe follows too; main checks stdout at the end */
}

static int on_event(int64_t id, const char *name, const json_t *data, void *arg)
{
	struct watch *w = arg;
	const char *machine = json_str(data, "id", "");

	w->last = id ? id : w->last;
	if (strcmp(name, "reset") == 0)
		return 2; /* too much was missed: look at the whole again */
	w->seen_ms = now_ms();
	if (strcmp(name, "timeline") == 0)
		row_take(w, data);
	if (strcmp(name, "machine") == 0 && *machine)
		(void)json_object_set(w->states, machine, (json_t *)data);
	if (strcmp(name, "removed") == 0) {
		(void)json_object_del(w->states, machine);
		(void)json_object_del(w->told, machine);
	}
	return watch_over(w);
}

static int machines_read(struct watch *w, struct error *err)
{
	auto_json json_t *list = NULL;
	size_t i;
	json_t *item;

	if (client_call(w->cli, "GET", "/machines", NULL, &list, err) < 0)
		return err->number;
	w->last = json_int(list, "event", w->last);
	(void)json_object_clear(w->states);
	json_array_foreach (json_object_get(list, "items"), i, item)
		(void)json_object_set(w->states, json_at_str(item, "id"), item);
	return 0;
}

/* The rows of one machine that came while nothing was heard. */
static int rows_read(struct watch *w, const char *id, int64_t since_ms, struct error *err)
{
	auto_json json_t *machine = NULL;
	auto_buf path = { .max = 1024 };
	json_t *row;
	size_t i;
	int r;

	machine_path(&path, id, "");
	r = client_call(w->cli, "GET", buf_str(&path), NULL, &machine, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* forgotten in between */
	json_array_foreach (json_object_get(machine, "timeline"), i, row) {
		if (json_int(row, "start_ms", 0) < since_ms &&
			json_int(row, "end_ms", 0) < since_ms)
			continue;
		(void)json_object_set_new(row, "machine", json_string(id));
		(void)json_object_set(row, "name", json_object_get(machine, "name"));
		row_take(w, row);
	}
	return 0;
}

/* What was missed: nothing at the start, for whoever begins to watch wants no history. */
static int missed_read(struct watch *w, struct error *err)
{
	int64_t since_ms = w->seen_ms ? w->seen_ms - LAG_MS : 0;
	const char *id;
	json_t *machine;
	int64_t now = now_ms();
	int r = 0;

	json_object_foreach (w->states, id, machine) {
		if (r == 0 && since_ms && wanted(w, machine))
			r = rows_read(w, id, since_ms, err);
	}
	if (r == 0)
		w->seen_ms = now;
	return r;
}

/* One round: the whole where that is asked for, then events. 1 over, 0 the stream ended. */
static int watch_round(struct watch *w, bool *whole, int timeout_ms, struct error *err)
{
	int r = *whole ? machines_read(w, err) : 0;

	if (r == 0 && *whole)
		r = missed_read(w, err);
	if (r < 0)
		return r;
	*whole = false;
	if (watch_over(w))
		return 1;
	r = client_follow(w->cli, w->last, timeout_ms, on_event, w, err);
	*whole = r == 2;
	return r == 2 ? 0 : r;
}

/* Follows until it is over: 1, or 0 after the deadline (monotonic; 0: none). */
static int watch_follow(struct watch *w, int64_t deadline_ms, struct error *err)
{
	int64_t absent_ms = 0;
	bool whole = true;

	for (;;) {
		int64_t left = deadline_ms ? deadline_ms - monotonic_ms() : -1;
		int r;

		if (deadline_ms && left <= 0)
			return 0;
		r = watch_round(w, &whole, (int)left, err);
		if (r == 1 || (r < 0 && (r != -ENOTCONN || w->last == 0)))
			return r;
		absent_ms = r < 0 ? absent_ms + AGAIN_AFTER_MS : 0;
		if (absent_ms > ABSENT_MAX_MS)
			return r;
		if (r < 0)
			(void)poll(NULL, 0,
				AGAIN_AFTER_MS); /* the socket is not there to be waited on */
	}
}

int machine_watch(const struct cli *cli, const struct args *args)
{
	struct watch w = { .cli = cli, .args = args, .until = args_value(args, "until") };
	const char *timeout = args_value(args, "timeout");
	struct error err = { 0 };
	int64_t limit_s = 0;
	int r;

	if (timeout && duration_parse(timeout, &limit_s, &err) < 0) {
		(void)cli_error(&err);
		return CLI_USAGE;
	}
	w.states = json_object();
	w.told = json_object();
	r = watch_follow(&w, timeout ? monotonic_ms() + limit_s * 1000 : 0, &err);
	json_decref(w.states);
	json_decref(w.told);
	if (r < 0)
		return cli_error(&err);
	if (r == 0)
		cli_say("slipway: not all are %s after %s.", w.until ? w.until : "there", timeout);
	return r == 0 ? CLI_TIMEOUT : CLI_OK;
}
