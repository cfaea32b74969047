// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "provisioner/daemon/database.h"
#include "provisioner/daemon/state.h"

static char folder[] = "/tmp/slipway-state-XXXXXX";
static char path[64];

static int count_machine(const struct machine *m, void *arg, struct error *err)
{
	(void)err;
	assert_string_equal(m->name, "r1");
	(*(int *)arg)++;
	return 0;
}

static void count_row(const struct state_row *row, void *arg)
{
	assert_int_equal(row->stage, STAGE_WRITE);
	(*(int *)arg)++;
}

static void test_machine_comes_back(void **state)
{
	struct machine m = { .id = "id1", .name = "r1", .state = MACHINE_PENDING };
	struct state_row row = { .number = 1,
		.boot = 1,
		.stage = STAGE_WRITE,
		.status = "running",
		.start_ms = 5,
		.evidence = "layer 1" };
	struct error err = { 0 };
	struct state *s = NULL;
	auto_json json_t *inventory = NULL;
	auto_json json_t *receipt = NULL;
	auto_json json_t *written = json_pack("{s:s}", "plan", "id1-1");
	int machines = 0, rows = 0;

	(void)state;
	assert_int_equal(state_open(path, &s, &err), 0);
	m.evidence.boot_mac.bytes[0] = 2;
	assert_int_equal(state_put_machine(s, &m, &err), 0);
	assert_int_equal(state_put_inventory(s, "id1", "{\"agent\":\"0.1\"}", &err), 0);
	assert_int_equal(state_put_row(s, "id1", &row, &err), 0);
	assert_int_equal(state_commit(s, &err), 0);
	state_close(s);
	assert_int_equal(state_open(path, &s, &err), 0);
	assert_int_equal(state_each_machine(s, count_machine, &machines, &err), 0);
	assert_int_equal(state_open_row(s, "id1", count_row, &rows, &err), 0);
	assert_int_equal(state_get_receipt(s, "id1", &receipt, &err), 0);
	assert_null(receipt);
	assert_int_equal(state_put_receipt(s, "id1", written, &err), 0);
	assert_int_equal(state_get_receipt(s, "id1", &receipt, &err), 0);
	assert_true(json_equal(receipt, written));
	assert_int_equal(state_get_inventory(s, "id1", &inventory, &err), 0);
	assert_non_null(inventory);
	assert_int_equal(machines, 1);
	assert_int_equal(rows, 1);
	assert_int_equal(state_drop_machine(s, "id1", &err), 0);
	machines = 0;
	assert_int_equal(state_each_machine(s, count_machine, &machines, &err), 0);
	assert_int_equal(machines, 0);
	state_close(s);
}

static void test_rows_are_bounded(void **state)
{
	struct state_row row = { .boot = 1,
		.stage = STAGE_WRITE,
		.status = "done",
		.start_ms = 5,
		.end_ms = 105,
		.evidence = "" };
	struct stage_history history = { 0 };
	struct error err = { 0 };
	struct state *s = NULL;
	int rows = 0;

	(void)state;
	assert_int_equal(state_open(":memory:", &s, &err), 0);
	for (row.number = 1; row.number <= STATE_ROWS_MAX + 100; row.number++)
		assert_int_equal(state_put_row(s, "id1", &row, &err), 0);
	assert_int_equal(state_each_row(s, "id1", count_row, &rows, &err), 0);
	assert_int_equal(rows, STATE_ROWS_MAX);
	assert_int_equal(state_load_history(s, &history, &err), 0);
	assert_int_equal(stage_usual_ms(&history, STAGE_WRITE), 100);
	state_close(s);
}

static void test_newer_schema_is_refused(void **state)
{
	struct error err = { 0 };
	struct database d;
	struct state *s = NULL;

	(void)state;
	assert_int_equal(database_open(&d, path, &err), 0);
	assert_int_equal(sqlite3_exec(d.handle, "UPDATE meta SET value = '99'", NULL, NULL, NULL),
		SQLITE_OK);
	database_close(&d);
	assert_true(state_open(path, &s, &err) < 0);
	assert_string_equal(err.code, "SW-1021");
	assert_non_null(strstr(err.text, "99"));
}

static void test_second_daemon_is_refused(void **state)
{
	struct error err = { 0 };
	struct state *s = NULL, *second = NULL;

	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(state_open(path, &s, &err), 0);
	assert_true(state_open(path, &second, &err) < 0);
	assert_string_equal(err.code, "SW-1021");
	state_close(s);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/state.db", mkdtemp(folder) ? folder : "");
	return 0;
}

static int remove_folder(void **state)
{
	struct error err = { 0 };

	(void)state;
	return remove_tree(folder, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_comes_back),
		cmocka_unit_test(test_rows_are_bounded),
		cmocka_unit_test(test_newer_schema_is_refused),
		cmocka_unit_test(test_second_daemon_is_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
