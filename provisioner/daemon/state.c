// SPDX-License-Identifier: Apache-2.0
/* Machines in the state database, with their inventory, plan and join files. */
#include "provisioner/daemon/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/state_query.h"
#include "provisioner/model/machine_record.h"

int state_open(const char *path, struct state **ret, struct error *err)
{
	struct state *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail_memory(err);
	r = database_open(&s->db, path, err);
	if (r < 0) {
		free(s);
		return r;
	}
	s->generation = 1;
	*ret = s;
	return 0;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	database_close(&s->db);
	free(s);
}

int state_commit(struct state *s, struct error *err)
{
	int r;

	if (s->broken.number < 0) {
		*err = s->broken;
		state_rollback(s);
		return err->number;
	}
	r = database_commit(&s->db, err);
	if (r == 0)
		s->generation++;
	return r;
}

uint64_t state_generation(const struct state *s)
{
	return s->generation;
}

void state_rollback(struct state *s)
{
	s->broken = (struct error){ 0 };
	database_rollback(&s->db);
}

int state_put_machine(struct state *s, const struct machine *m, struct error *err)
{
	auto_json json_t *record = machine_record(m);
	auto_free char *text = NULL;
	int r;

	if (!record)
		return fail_memory(err);
	r = json_write(record, &text, err);
	if (r < 0)
		return r;
	return state_write(s, err,
		"INSERT INTO machines (id, record, inventory, plan) VALUES (?, ?, '', '') "
		"ON CONFLICT (id) DO UPDATE SET record = excluded.record",
		"ss", m->id, text);
}

int state_put_inventory(struct state *s, const char *id, const char *text, struct error *err)
{
	return state_write(
		s, err, "UPDATE machines SET inventory = ? WHERE id = ?", "ss", text, id);
}

int state_put_plan(struct state *s, const char *id, const char *text, struct error *err)
{
	return state_write(s, err, "UPDATE machines SET plan = ? WHERE id = ?", "ss", text, id);
}

int state_drop_machine(struct state *s, const char *id, struct error *err)
{
	int r = state_write(s, err, "DELETE FROM timeline WHERE machine = ?", "s", id);

	if (r == 0)
		r = state_drop_join(s, id, err);
	if (r == 0)
		r = state_write(s, err, "DELETE FROM receipts WHERE machine = ?", "s", id);
	return r == 0 ? state_write(s, err, "DELETE FROM machines WHERE id = ?", "s", id) : r;
}

static int get_json(
	struct state *s, const char *sql, const char *id, json_t **ret, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(s, &stmt, err, sql, "s", id);

	*ret = NULL;
	if (r == 0)
		r = database_row(&s->db, stmt, err);
	return r > 0 ? state_json(stmt, 0, ret, err) : r;
}

int state_get_inventory(struct state *s, const char *id, json_t **ret, struct error *err)
{
	return get_json(s, "SELECT inventory FROM machines WHERE id = ?", id, ret, err);
}

int state_get_plan(struct state *s, const char *id, json_t **ret, struct error *err)
{
	return get_json(s, "SELECT plan FROM machines WHERE id = ?", id, ret, err);
}

int state_put_receipt(struct state *s, const char *id, const json_t *receipt, struct error *err)
{
	auto_free char *text = NULL;

	if (json_write(receipt, &text, err) < 0)
		return err->number;
	return state_write(s, err,
		"INSERT INTO receipts (machine, body) VALUES (?, ?) "
		"ON CONFLICT (machine) DO UPDATE SET body = excluded.body",
		"ss", id, text);
}

int state_get_receipt(struct state *s, const char *id, json_t **ret, struct error *err)
{
	return get_json(s, "SELECT body FROM receipts WHERE machine = ?", id, ret, err);
}

int state_get_machine(struct state *s, const char *id, struct machine *ret, struct error *err)
{
	auto_json json_t *record = NULL;
	int r = get_json(s, "SELECT record FROM machines WHERE id = ?", id, &record, err);

	if (r < 0 || !record)
		return r;
	return machine_record_read(record, ret, err) < 0 ? err->number : 1;
}

static int hand_over(sqlite3_stmt *stmt, state_machine_fn fn, void *arg, struct error *err)
{
	auto_json json_t *record = NULL;
	struct machine m;
	int r = state_json(stmt, 0, &record, err);

	if (r == 0)
		r = machine_record_read(record, &m, err);
	return r == 0 ? fn(&m, arg, err) : r;
}

int state_each_machine(struct state *s, state_machine_fn fn, void *arg, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(s, &stmt, err, "SELECT record FROM machines", "");

	while (r == 0 && (r = database_row(&s->db, stmt, err)) > 0)
		r = hand_over(stmt, fn, arg, err);
	return r;
}

void state_join_done(struct state_join *j)
{
	free(j->csr);
	json_decref(j->files);
	*j = (struct state_join){ 0 };
}

int state_put_join(
	struct state *s, const char *id, const char *csr, const json_t *files, struct error *err)
{
	auto_free char *text = NULL;

	if (files && json_write(files, &text, err) < 0)
		return err->number;
	return state_write(s, err,
		"INSERT INTO joins (machine, csr, files) VALUES (?, ?, ?) ON CONFLICT (machine) "
		"DO UPDATE SET csr = excluded.csr, files = excluded.files",
		"sss", id, csr, text ? text : "");
}

int state_get_join(struct state *s, const char *id, struct state_join *ret, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(
		s, &stmt, err, "SELECT csr, files FROM joins WHERE machine = ?", "s", id);

	*ret = (struct state_join){ 0 };
	if (r == 0)
		r = database_row(&s->db, stmt, err);
	if (r <= 0)
		return r;
	ret->csr = strdup(state_text(stmt, 0));
	if (!ret->csr)
		return fail_memory(err);
	return state_json(stmt, 1, &ret->files, err);
}

int state_drop_join(struct state *s, const char *id, struct error *err)
{
	return state_write(s, err, "DELETE FROM joins WHERE machine = ?", "s", id);
}
