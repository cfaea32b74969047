// SPDX-License-Identifier: Apache-2.0
/* The database file, its schema and its transactions. */
#include "provisioner/daemon/database.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* What brings a file of one version to the next. The first makes a new one. */
static const char *const schemas[] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
	"CREATE TABLE machines (id TEXT PRIMARY KEY, record TEXT NOT NULL,"
	" inventory TEXT NOT NULL, plan TEXT NOT NULL);"
	"CREATE TABLE joins (machine TEXT PRIMARY KEY, csr TEXT NOT NULL, files TEXT NOT NULL);"
	"CREATE TABLE timeline (machine TEXT NOT NULL, number BIGINT NOT NULL, boot BIGINT NOT NULL,"
	" stage TEXT NOT NULL, status TEXT NOT NULL, start_ms BIGINT NOT NULL,"
	" end_ms BIGINT NOT NULL, evidence TEXT NOT NULL, bytes BIGINT NOT NULL,"
	" rate_bps BIGINT NOT NULL, PRIMARY KEY (machine, number));"
	"CREATE TABLE profiles (name TEXT PRIMARY KEY, body TEXT NOT NULL);"
	"CREATE TABLE clusters (name TEXT PRIMARY KEY, driver TEXT NOT NULL,"
	" credential TEXT NOT NULL);"
	"CREATE TABLE windows (id TEXT PRIMARY KEY, count BIGINT NOT NULL, used BIGINT NOT NULL,"
	" opened_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL, profile TEXT NOT NULL);"
	"INSERT INTO meta VALUES ('version', '1');",

	"CREATE TABLE receipts (machine TEXT PRIMARY KEY, body TEXT NOT NULL);"
	"UPDATE meta SET value = '2' WHERE key = 'version';",
};

#define SCHEMA_VERSION (int)(sizeof(schemas) / sizeof(schemas[0]))

static int raise(struct database *d, const char *what, struct error *err)
{
	if (sqlite3_errcode(d->handle) == SQLITE_FULL)
		return fail_code(err, ENOSPC, "SW-1022",
			"the state database can't grow: no room is left on its file system; "
			"nothing was changed");
	return fail_code(err, EIO, "SW-1021", "%s: %s", what, sqlite3_errmsg(d->handle));
}

static int execute(struct database *d, const char *sql, struct error *err)
{
	if (sqlite3_exec(d->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return raise(d, "the state database", err);
	return 0;
}

/* The schema's version; 0 where the file is new. */
static int read_version(struct database *d, int *ret, struct error *err)
{
	auto_stmt sqlite3_stmt *stmt = NULL;
	int r = database_prepare(d,
		"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'", false,
		&stmt, err);

	if (r == 0)
		r = database_row(d, stmt, err);
	if (r < 0)
		return r;
	*ret = 0;
	if (sqlite3_column_int(stmt, 0) == 0)
		return 0;
	sqlite3_finalize(take_ptr(&stmt));
	r = database_prepare(d, "SELECT value FROM meta WHERE key = 'version'", false, &stmt, err);
	if (r == 0)
		r = database_row(d, stmt, err);
	if (r > 0)
		*ret = sqlite3_column_int(stmt, 0);
	return r < 0 ? r : 0;
}

static int bring_up_to_date(struct database *d, const char *path, struct error *err)
{
	int version = 0;
	int r = read_version(d, &version, err);

	if (r < 0)
		return r;
	if (version > SCHEMA_VERSION) {
		fail_code(err, EPROTO, "SW-1021",
			"%s is of schema version %d, this slipwayd knows up to %d; nothing was changed",
			path, version, SCHEMA_VERSION);
		return fail_hint(
			err, "install the newer slipway again, or restore the older state.db");
	}
	if (version == SCHEMA_VERSION)
		return 0;
	r = execute(d, "BEGIN IMMEDIATE", err);
	for (; r == 0 && version < SCHEMA_VERSION; version++)
		r = execute(d, schemas[version], err);
	return r == 0 ? execute(d, "COMMIT", err) : r;
}

/* Made by ourselves first, so that nobody else may ever read it: it holds cluster credentials. */
static int make_private(const char *path, struct error *err)
{
	auto_close int fd = -1;

	if (strcmp(path, ":memory:") == 0)
		return 0;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, 0600) < 0) {
		int errnum = errno;

		fail_code(err, errnum, "SW-1021", "the state database %s can't be written: %s",
			path, strerror(errnum));
		return fail_hint(err, "run as root, or give another --state-dir");
	}
	return 0;
}

int database_open(struct database *d, const char *path, struct error *err)
{
	int r = make_private(path, err);

	*d = (struct database){ 0 };
	if (r < 0)
		return r;
	if (sqlite3_open(path, &d->handle) != SQLITE_OK)
		return raise(d, path, err);
	sqlite3_busy_timeout(d->handle, 2000);
	/* one daemon a state folder: the lock is held from the first write on until the end */
	r = execute(d,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 500;",
		err);
	if (r == 0)
		r = bring_up_to_date(d, path, err);
	if (r < 0)
		database_close(d);
	return r;
}

void database_close(struct database *d)
{
	struct error ignored;

	if (d->writing)
		(void)database_commit(d, &ignored); /* nothing unacknowledged is owed to anyone */
	(void)sqlite3_close(d->handle); /* all statements are finalized by their scopes */
	d->handle = NULL;
}

int database_prepare(
	struct database *d, const char *sql, bool write, sqlite3_stmt **ret, struct error *err)
{
	if (write && !d->writing) {
		int r = execute(d, "BEGIN IMMEDIATE", err);

		if (r < 0)
			return r;
		d->writing = true;
	}
	if (sqlite3_prepare_v2(d->handle, sql, -1, ret, NULL) != SQLITE_OK)
		return raise(d, "the state database", err);
	return 0;
}

int database_row(struct database *d, sqlite3_stmt *stmt, struct error *err)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	}
	return raise(d, "the state database", err);
}

int database_run(struct database *d, sqlite3_stmt *stmt, struct error *err)
{
	int r = database_row(d, stmt, err);

	return r < 0 ? r : 0;
}

int database_commit(struct database *d, struct error *err)
{
	if (!d->writing)
		return 0;
	d->writing = false;
	if (sqlite3_exec(d->handle, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	raise(d, "the state database could not be written", err);
	database_rollback(d);
	return err->number;
}

void database_rollback(struct database *d)
{
	d->writing = false;
	/* fails where SQLite has already rolled back by itself */
	(void)sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
}
