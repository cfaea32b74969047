// SPDX-License-Identifier: Apache-2.0
/*
 * SQLite as this daemon uses it: one file, one writer (the loop thread), WAL with synchronous=FULL,
 * and a transaction that opens by itself at the first write and is durable once database_commit()
 * has returned. state.c alone calls this.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct database {
	sqlite3 *handle;
	bool writing; /* a transaction is open */
};

/* Opens or makes the file (mode 0600) and brings its schema to the current version. SW-1021 where
 * it is of a newer version, cannot be written, or another daemon has it. ":memory:" is for tests.
 */
int database_open(struct database *d, const char *path, struct error *err);
void database_close(struct database *d);

/* A statement ready to bind. It begins the transaction first where `write` is set. */
int database_prepare(
	struct database *d, const char *sql, bool write, sqlite3_stmt **ret, struct error *err);
/* Runs a bound statement that gives no rows. */
int database_run(struct database *d, sqlite3_stmt *stmt, struct error *err);
/* 1: a row is there, 0: no more, or an error. */
int database_row(struct database *d, sqlite3_stmt *stmt, struct error *err);

/* Makes everything written since the last commit durable. Nothing to do is fine. */
int database_commit(struct database *d, struct error *err);
/* Throws it away instead. */
void database_rollback(struct database *d);

static inline void database_finalize(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}
#define auto_stmt __attribute__((cleanup(database_finalize)))
