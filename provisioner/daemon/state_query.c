// SPDX-License-Identifier: Apache-2.0
/* Binding values to statements, and reading columns back. */
#include "provisioner/daemon/state_query.h"

#include <stdarg.h>
#include <string.h>

#include "base/json.h"

static void bind_values(sqlite3_stmt *stmt, const char *types, va_list ap)
{
	for (int i = 1; *types; types++, i++) {
		/* failures show at the next step, as SQLITE_MISUSE or a missing value */
		if (*types == 's')
			(void)sqlite3_bind_text(
				stmt, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
		else
			(void)sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
	}
}

int state_write(struct state *s, struct error *err, const char *sql, const char *types, ...)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = database_prepare(&s->db, sql, true, &stmt, err);
	va_list ap;

	if (r == 0) {
		va_start(ap, types);
		bind_values(stmt, types, ap);
		va_end(ap);
		r = database_run(&s->db, stmt, err);
	}
	if (r < 0 && s->broken.number == 0)
		s->broken = *err;
	return r;
}

int state_select(struct state *s, sqlite3_stmt **ret, struct error *err, const char *sql,
	const char *types, ...)
{
	int r = database_prepare(&s->db, sql, false, ret, err);
	va_list ap;

	if (r < 0)
		return r;
	va_start(ap, types);
	bind_values(*ret, types, ap);
	va_end(ap);
	return 0;
}

const char *state_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text ? (const char *)text : "";
}

int state_json(sqlite3_stmt *stmt, int column, json_t **ret, struct error *err)
{
	const char *text = state_text(stmt, column);

	*ret = NULL;
	if (!text[0])
		return 0;
	return json_read(text, strlen(text), ret, err) < 0 ? fail_in(err, "the state database") : 0;
}
