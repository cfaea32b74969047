// SPDX-License-Identifier: Apache-2.0
/* The child that imports: what it brings, what it may not do, and what is said when it is lost. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "bundles/import_worker.h"
#include "bundles/writer.h"
#include "tests/unit/bundles/sample.h"

static struct sample source;
static struct trust_key trusted;
static struct trust trust = { .keys = &trusted, .count = 1 };
static struct buf bundle = { .max = 1u << 20 };
static int stores;

static int setup(void **state)
{
	auto_statement st = { .name = "demo", .version = 2 };
	auto_close int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct minisign_secret key;
	const struct writer_options options = { .key = &key };
	struct error err = { 0 };
	char chunk[4096];
	ssize_t n;

	(void)state;
	if (sample_start(&source) != 0 || minisign_generate(&key, &err) < 0)
		return -1;
	trusted = (struct trust_key){ .name = "site", .public = key.public };
	sample_image(&source, "app:1", "container", "the layer of app", NULL);
	if (writer_state(source.store, &st, &err) < 0 ||
		writer_write(source.store, &st, &options, fd, &err) < 0 ||
		lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&bundle, chunk, (size_t)n);
	return bundle.failed;
}

static int teardown(void **state)
{
	(void)state;
	buf_done(&bundle);
	return sample_end(&source);
}

static struct store *fresh(const struct store_ops *ops)
{
	struct store *s = NULL;
	struct error err = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/store-%d", source.root, stores++);
	assert_int_equal(store_open_with(path, true, ops, &s, &err), 0);
	return s;
}

static int feed(int fd, void *arg, struct error *err)
{
	size_t n = *(size_t *)arg;
	int r = write_all(fd, bundle.data, n, err);

	return r < 0 || n == bundle.len ? r : fail_code(err, EIO, NULL, "the line was cut");
}

static int feed_import(struct store *s, size_t n, struct import_result *ret, struct error *err)
{
	const struct import_options o = { .trust = &trust, .store = s };
	const struct worker_feed f = { .run = feed, .arg = &n };

	*err = (struct error){ 0 };
	return import_worker_run(&f, &o, ret, err);
}

static void worker_brings_a_bundle(void **state)
{
	auto_store *s = fresh(&store_ops_volatile);
	auto_import_result result = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(feed_import(s, bundle.len, &result, &err), 0);
	assert_string_equal(result.statement.name, "demo");
	assert_string_equal(result.signatures.names, "site");
	assert_int_equal(result.statement.blob_count, 3);
	assert_true(result.written_bytes > 0);
	assert_non_null(store_find(s, "app:1"));
}

static void worker_says_why_not(void **state)
{
	auto_store *s = fresh(&store_ops_volatile);
	auto_import_result result = { 0 };
	struct error err;

	(void)state;
	bundle.data[2000] ^= 1;
	assert_int_equal(feed_import(s, bundle.len, &result, &err), -EBADMSG);
	bundle.data[2000] ^= 1;
	assert_string_not_equal(err.code, "");
	assert_int_equal(feed_import(s, bundle.len - 2000, &result, &err), -EIO);
	assert_string_equal(err.text, "the line was cut");
	assert_null(store_find(s, "app:1"));
}

static ssize_t killed_write(int fd, const void *p, size_t n)
{
	(void)fd;
	(void)p;
	(void)raise(SIGKILL);
	return (ssize_t)n;
}

static void worker_that_is_killed_is_told(void **state)
{
	struct store_ops ops = store_ops_volatile;
	auto_store *s = NULL;
	auto_import_result result = { 0 };
	struct error err;

	(void)state;
	s = fresh(&ops);
	ops.write = killed_write;
	assert_int_equal(feed_import(s, bundle.len, &result, &err), -ECHILD);
	assert_string_equal(err.code, "SW-2032");
	assert_non_null(strstr(err.text, "signal 9"));
	ops = store_ops_volatile;
	assert_int_equal(feed_import(s, bundle.len, &result, &err), 0);
}

/* Fails with the number of what it was able to do. */
static ssize_t curious_write(int fd, const void *p, size_t n)
{
	char *const argv[] = { (char *)"true", NULL };

	(void)fd;
	(void)p;
	if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
		return -ENOTSOCK;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		return -ECHILD;
	if (prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) == 1 && geteuid() == 0 &&
		mkdir("/tmp/slipway-sandbox", 0700) == 0)
		return -ENOTDIR;
	(void)execv("/bin/true", argv);
	return (ssize_t)n;
}

static void worker_is_shut_in(void **state)
{
	struct store_ops ops = store_ops_volatile;
	auto_store *s = fresh(&ops);
	auto_import_result result = { 0 };
	struct error err;
	int r;

	(void)state;
	ops.write = curious_write;
	r = feed_import(s, bundle.len, &result, &err);
	if (r == -ENOTSOCK || r == -ENOTDIR || r == -ECHILD)
		test_failed("the child got out: %d %s", r, err.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worker_brings_a_bundle),
		cmocka_unit_test(worker_says_why_not),
		cmocka_unit_test(worker_that_is_killed_is_told),
		cmocka_unit_test(worker_is_shut_in),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
