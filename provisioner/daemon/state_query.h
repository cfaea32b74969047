// SPDX-License-Identifier: Apache-2.0
/* Shared by the files of state.h: a statement with its values in one call. */
#pragma once

#include "provisioner/daemon/database.h"
#include "provisioner/daemon/state.h"

struct state {
	struct database db;
	struct error broken; /* the first write that failed since the last commit */
	uint64_t generation; /* commits, from 1 */
};

/* Types, one letter a value: 's' const char * (not NULL), 'i' int64_t. */
int state_write(struct state *s, struct error *err, const char *sql, const char *types, ...);
/* The same for a SELECT: *ret is ready to be stepped with database_row(). */
int state_select(struct state *s, sqlite3_stmt **ret, struct error *err, const char *sql,
	const char *types, ...);

/* A column's text: never NULL, valid until the next step. */
const char *state_text(sqlite3_stmt *stmt, int column);
/* A column's text read as JSON. *ret is NULL where it is empty. */
int state_json(sqlite3_stmt *stmt, int column, json_t **ret, struct error *err);
