// SPDX-License-Identifier: Apache-2.0
/* Timelines in the state database: append-only rows a machine, and the history they give. */
#include "base/cleanup.h"
#include "provisioner/daemon/state_query.h"

int state_put_row(struct state *s, const char *id, const struct state_row *row, struct error *err)
{
	int r = state_write(s, err,
		"INSERT INTO timeline (machine, number, boot, stage, status, start_ms, end_ms, "
		"evidence, bytes, rate_bps) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
		"ON CONFLICT (machine, number) DO UPDATE SET status = excluded.status, "
		"end_ms = excluded.end_ms, evidence = excluded.evidence, bytes = excluded.bytes, "
		"rate_bps = excluded.rate_bps",
		"siissiisii", id, row->number, row->boot, stage_name(row->stage), row->status,
		row->start_ms, row->end_ms, row->evidence, row->bytes, row->rate_bps);

	if (r < 0 || row->number <= STATE_ROWS_MAX)
		return r;
	return state_write(s, err, "DELETE FROM timeline WHERE machine = ? AND number <= ?", "si",
		id, row->number - STATE_ROWS_MAX);
}

int state_last_row(struct state *s, const char *id, int64_t *ret, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(
		s, &stmt, err, "SELECT max(number) FROM timeline WHERE machine = ?", "s", id);

	if (r == 0)
		r = database_row(&s->db, stmt, err);
	if (r < 0)
		return r;
	*ret = r > 0 ? sqlite3_column_int64(stmt, 0) : 0;
	return 0;
}

static int read_row(sqlite3_stmt *stmt, struct state_row *row, struct error *err)
{
	*row = (struct state_row){
		.number = sqlite3_column_int64(stmt, 0),
		.boot = sqlite3_column_int64(stmt, 1),
		.status = state_text(stmt, 3),
		.start_ms = sqlite3_column_int64(stmt, 4),
		.end_ms = sqlite3_column_int64(stmt, 5),
		.evidence = state_text(stmt, 6),
		.bytes = sqlite3_column_int64(stmt, 7),
		.rate_bps = sqlite3_column_int64(stmt, 8),
	};
	return stage_parse(state_text(stmt, 2), &row->stage, err);
}

#define COLUMNS "number, boot, stage, status, start_ms, end_ms, evidence, bytes, rate_bps"

static int each(struct state *s, const char *sql, const char *id, state_row_fn fn, void *arg,
	struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	struct state_row row;
	int r = state_select(s, &stmt, err, sql, "s", id);

	while (r == 0 && (r = database_row(&s->db, stmt, err)) > 0) {
		r = read_row(stmt, &row, err);
		if (r == 0)
			fn(&row, arg);
	}
	return r;
}

int state_each_row(struct state *s, const char *id, state_row_fn fn, void *arg, struct error *err)
{
	return each(s, "SELECT " COLUMNS " FROM timeline WHERE machine = ? ORDER BY number", id, fn,
		arg, err);
}

int state_open_row(struct state *s, const char *id, state_row_fn fn, void *arg, struct error *err)
{
	return each(s,
		"SELECT " COLUMNS " FROM timeline WHERE machine = ? AND end_ms = 0 "
		"ORDER BY number DESC LIMIT 1",
		id, fn, arg, err);
}

static int load_stage(struct state *s, enum stage stage, struct stage_history *h, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(s, &stmt, err,
		"SELECT end_ms - start_ms FROM timeline WHERE stage = ? AND status = 'done' "
		"ORDER BY end_ms DESC LIMIT ?",
		"si", stage_name(stage), (int64_t)STAGE_HISTORY);

	while (r == 0 && (r = database_row(&s->db, stmt, err)) > 0) {
		stage_history_add(h, stage, sqlite3_column_int64(stmt, 0));
		r = 0;
	}
	return r;
}

int state_load_history(struct state *s, struct stage_history *ret, struct error *err)
{
	for (unsigned i = 0; i < STAGE_COUNT; i++) {
		int r = load_stage(s, (enum stage)i, ret, err);

		if (r < 0)
			return r;
	}
	return 0;
}
