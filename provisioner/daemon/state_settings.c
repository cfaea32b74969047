// SPDX-License-Identifier: Apache-2.0
/* What operators set: profiles, clusters and windows in the state database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "provisioner/daemon/state_query.h"

static int missing(const char *what, const char *name, const char *code, struct error *err)
{
	return fail_code(err, ENOENT, code, "there is no %s '%.63s'", what, name);
}

int state_put_profile(struct state *s, const char *name, const json_t *body, struct error *err)
{
	auto_free char *text = NULL;
	int r = json_write(body, &text, err);

	if (r < 0)
		return r;
	return state_write(s, err,
		"INSERT INTO profiles (name, body) VALUES (?, ?) "
		"ON CONFLICT (name) DO UPDATE SET body = excluded.body",
		"ss", name, text);
}

int state_get_profile(struct state *s, const char *name, json_t **ret, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(s, &stmt, err, "SELECT body FROM profiles WHERE name = ?", "s", name);

	if (r == 0)
		r = database_row(&s->db, stmt, err);
	if (r == 0)
		return missing("profile", name, "SW-6006", err);
	return r > 0 ? state_json(stmt, 0, ret, err) : r;
}

int state_drop_profile(struct state *s, const char *name, struct error *err)
{
	return state_write(s, err, "DELETE FROM profiles WHERE name = ?", "s", name);
}

int state_list_profiles(struct state *s, json_t **ret, struct error *err)
{
	auto_json json_t *list = json_array();
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(s, &stmt, err, "SELECT body FROM profiles ORDER BY name", "");

	while (r == 0 && (r = database_row(&s->db, stmt, err)) > 0) {
		json_t *body = NULL;

		r = state_json(stmt, 0, &body, err);
		if (r == 0)
			json_array_append_new(list, body);
	}
	if (r == 0)
		*ret = take_ptr(&list);
	return r;
}

int state_put_cluster(struct state *s, const struct cluster *c, struct error *err)
{
	return state_write(s, err,
		"INSERT INTO clusters (name, driver, credential) VALUES (?, ?, ?) ON CONFLICT (name) "
		"DO UPDATE SET driver = excluded.driver, credential = excluded.credential",
		"sss", c->name, c->driver, c->credential);
}

static int read_cluster(sqlite3_stmt *stmt, struct cluster *c, struct error *err)
{
	*c = (struct cluster){ 0 };
	snprintf(c->name, sizeof(c->name), "%s", state_text(stmt, 0));
	snprintf(c->driver, sizeof(c->driver), "%s", state_text(stmt, 1));
	c->credential = strdup(state_text(stmt, 2));
	return c->credential ? 0 : fail_memory(err);
}

int state_get_cluster(struct state *s, const char *name, struct cluster *ret, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(s, &stmt, err,
		"SELECT name, driver, credential FROM clusters WHERE name = ?", "s", name);

	if (r == 0)
		r = database_row(&s->db, stmt, err);
	if (r == 0)
		return missing("cluster", name, "SW-4006", err);
	return r > 0 ? read_cluster(stmt, ret, err) : r;
}

int state_drop_cluster(struct state *s, const char *name, struct error *err)
{
	return state_write(s, err, "DELETE FROM clusters WHERE name = ?", "s", name);
}

int state_each_cluster(struct state *s, state_cluster_fn fn, void *arg, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(
		s, &stmt, err, "SELECT name, driver, credential FROM clusters ORDER BY name", "");

	while (r == 0 && (r = database_row(&s->db, stmt, err)) > 0) {
		auto_cluster c = { 0 };

		r = read_cluster(stmt, &c, err);
		if (r == 0)
			r = fn(&c, arg, err);
	}
	return r;
}

int state_put_window(struct state *s, const struct window *w, struct error *err)
{
	return state_write(s, err,
		"INSERT INTO windows (id, count, used, opened_ms, until_ms, profile) "
		"VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET used = excluded.used",
		"siiiis", w->id, (int64_t)w->count, (int64_t)w->used, w->opened_ms, w->until_ms,
		w->profile);
}

int state_drop_window(struct state *s, const char *id, struct error *err)
{
	return state_write(s, err, "DELETE FROM windows WHERE id = ?", "s", id);
}

int state_each_window(struct state *s, state_window_fn fn, void *arg, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = state_select(s, &stmt, err,
		"SELECT id, count, used, opened_ms, until_ms, profile FROM windows ORDER BY opened_ms",
		"");

	while (r == 0 && (r = database_row(&s->db, stmt, err)) > 0) {
		struct window w = {
			.count = (unsigned)sqlite3_column_int64(stmt, 1),
			.used = (unsigned)sqlite3_column_int64(stmt, 2),
			.opened_ms = sqlite3_column_int64(stmt, 3),
			.until_ms = sqlite3_column_int64(stmt, 4),
		};

		snprintf(w.id, sizeof(w.id), "%s", state_text(stmt, 0));
		snprintf(w.profile, sizeof(w.profile), "%s", state_text(stmt, 5));
		r = fn(&w, arg, err);
	}
	return r;
}
