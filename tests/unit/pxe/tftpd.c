// SPDX-License-Identifier: Apache-2.0
/* Tests pxe/tftpd.c: the folder holds the loaders and nothing else. */
#include "pxe/tftpd.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"

static char top[] = "/tmp/slipway-tftpd-XXXXXX";
static char first[64], second[64], served[64];

static void put(const char *dir, const char *name, const char *content)
{
	struct error err = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(make_dirs(dir, 0755, &err), 0);
	assert_int_equal(file_write(path, content, strlen(content), 0600, &err), 0);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(first, sizeof(first), "%s/first", top);
	snprintf(second, sizeof(second), "%s/second", top);
	snprintf(served, sizeof(served), "%s/served", top);
	put(first, "ipxe.efi", "newer");
	put(second, "ipxe.efi", "older");
	put(second, "snponly.efi", "snp");
	put(second, "undionly.kpxe", "undi");
	put(second, "other", "no loader");
	put(served, "stray", "x");
	put(served, "ipxe.efi", "stale");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	struct error err = { 0 };

	return remove_tree(top, &err);
}

static void is_file(const char *name, const char *content)
{
	struct error err = { 0 };
	struct stat st;
	auto_buf b = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", served, name);
	assert_int_equal(file_read(path, 1024, &b, &err), 0);
	assert_string_equal(buf_str(&b), content);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
}

static void only_loaders_are_served(void **state)
{
	(void)state;
	const char *const sources[] = { first, second, NULL };
	struct error err = { 0 };
	DIR *d;
	size_t n = 0;

	assert_int_equal(tftpd_fill(served, sources, &err), 0);
	is_file("ipxe.efi", "newer");
	is_file("snponly.efi", "snp");
	is_file("undionly.kpxe", "undi");
	d = opendir(served);
	while (readdir(d))
		n++;
	closedir(d);
	assert_int_equal(n, 2 + 3);
}

static void a_missing_loader_is_named(void **state)
{
	(void)state;
	const char *const sources[] = { first, NULL };
	struct error err = { 0 };

	assert_int_equal(tftpd_fill(served, sources, &err), -ENOENT);
	assert_non_null(strstr(err.text, "undionly.kpxe"));
	assert_non_null(strstr(err.hint, "apt install ipxe"));
}

static void the_command_is_read_only(void **state)
{
	(void)state;
	struct tftpd_argv a;

	tftpd_argv(&a, (struct in_addr){ htonl(0x0a090001) }, "/srv");
	assert_string_equal(a.address, "10.9.0.1:69");
	assert_string_equal(a.argv[0], "in.tftpd");
	for (size_t i = 0; a.argv[i]; i++)
		assert_string_not_equal(a.argv[i], "--create");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_loaders_are_served),
		cmocka_unit_test(a_missing_loader_is_named),
		cmocka_unit_test(the_command_is_read_only),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
