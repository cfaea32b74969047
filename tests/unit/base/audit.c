// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/audit.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

#define WRITERS 8
#define EACH    25

static char folder[] = "/tmp/slipway-audit-XXXXXX";
static char state[PATH_MAX], path[PATH_MAX + 16];

static void append(const char *object)
{
	struct audit_entry e = { "machine.approve", object, "profile worker", getuid() };
	struct error err = { 0 };

	assert_int_equal(audit_append(state, &e, 1, &err), 0);
}

static json_t *read_all(size_t max)
{
	struct error err = { 0 };
	json_t *entries = NULL;

	assert_int_equal(audit_read(state, max, &entries, &err), 0);
	return entries;
}

static int set_up(void **unused)
{
	struct error err = { 0 };

	(void)unused;
	snprintf(state, sizeof(state), "%s/state", folder);
	snprintf(path, sizeof(path), "%s/audit.jsonl", state);
	return remove_tree(state, &err);
}

static void test_what_was_written_is_read(void **unused)
{
	auto_json json_t *none = read_all(10);
	auto_json json_t *entries = NULL;
	const json_t *first;
	struct stat st;

	(void)unused;
	assert_int_equal(json_array_size(none), 0);
	append("r1");
	append("a\nb\"\x1b");
	entries = read_all(10);
	assert_int_equal(json_array_size(entries), 2);
	first = json_array_get(entries, 0);
	assert_string_equal(json_str(first, "object", ""), "r1");
	assert_string_equal(json_str(first, "action", ""), "machine.approve");
	assert_string_equal(json_str(first, "detail", ""), "profile worker");
	assert_int_equal(json_int(first, "uid", -1), getuid());
	assert_string_not_equal(json_str(first, "user", ""), "");
	assert_true(json_int(first, "time_ms", 0) > 0);
	assert_string_equal(json_str(json_array_get(entries, 1), "object", ""), "a\nb\"\x1b");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void test_the_last_ones_are_given(void **unused)
{
	auto_json json_t *entries = NULL;

	(void)unused;
	append("r1");
	append("r2");
	append("r3");
	entries = read_all(2);
	assert_int_equal(json_array_size(entries), 2);
	assert_string_equal(json_str(json_array_get(entries, 0), "object", ""), "r2");
}

static void test_a_torn_line_harms_no_other(void **unused)
{
	auto_json json_t *entries = NULL;
	FILE *f;

	(void)unused;
	append("r1");
	f = fopen(path, "a");
	assert_non_null(f);
	fputs("{\"time_ms\":12,\"act", f);
	fclose(f);
	append("r2");
	entries = read_all(10);
	assert_int_equal(json_array_size(entries), 2);
	assert_string_equal(json_str(json_array_get(entries, 1), "object", ""), "r2");
}

static void test_a_full_file_is_moved_away(void **unused)
{
	auto_json json_t *entries = NULL;
	struct stat st;

	(void)unused;
	append("r1");
	assert_int_equal(truncate(path, AUDIT_FILE_MAX), 0); /* zeros: one line that is no entry */
	append("r2");
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 1000);
	append("r3");
	entries = read_all(2);
	assert_int_equal(json_array_size(entries), 2);
	assert_string_equal(json_str(json_array_get(entries, 0), "object", ""), "r2");
}

static void test_many_writers(void **unused)
{
	auto_json json_t *entries = NULL;
	pid_t children[WRITERS];
	int status;

	(void)unused;
	for (int i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct audit_entry e = { "a", "o", NULL, 0 };
			struct error err = { 0 };
			int r = 0;

			for (int n = 0; n < EACH && r == 0; n++)
				r = audit_append(state, &e, 1, &err);
			_exit(r == 0 ? 0 : 1);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	entries = read_all(AUDIT_READ_MAX);
	assert_int_equal(json_array_size(entries), WRITERS * EACH);
}

static void test_one_that_cannot_be_written(void **unused)
{
	struct audit_entry e = { "a", "o", NULL, 0 };
	struct error err = { 0 };

	(void)unused;
	assert_int_equal(file_write(state, "", 0, 0600, &err), 0);
	assert_true(audit_append(state, &e, 1, &err) < 0);
	assert_string_equal(err.code, "SW-1027");
	assert_string_not_equal(err.hint, "");
}

static int make_folder(void **unused)
{
	(void)unused;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **unused)
{
	struct error err = { 0 };

	(void)unused;
	return remove_tree(folder, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_was_written_is_read, set_up),
		cmocka_unit_test_setup(test_the_last_ones_are_given, set_up),
		cmocka_unit_test_setup(test_a_torn_line_harms_no_other, set_up),
		cmocka_unit_test_setup(test_a_full_file_is_moved_away, set_up),
		cmocka_unit_test_setup(test_many_writers, set_up),
		cmocka_unit_test_setup(test_one_that_cannot_be_written, set_up),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
