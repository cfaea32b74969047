// SPDX-License-Identifier: Apache-2.0
/* Tests images/grub_config.c: what is written, and what is refused. */
#include "tests/unit/unit.h"

#include "images/grub_config.h"

static const struct kernel debian = { .version = "6.1.0-18-amd64",
	.kernel = "/boot/vmlinuz-6.1.0-18-amd64",
	.initrd = "/boot/initrd.img-6.1.0-18-amd64" };

static void test_cmdline(void **state)
{
	const struct kernel bare = { .version = "1", .kernel = "/boot/vmlinuz-1" };
	const char *const args[] = { "console=ttyS0,115200", "systemd.unit=a;b", "x=$y{}", NULL };
	struct error err = { 0 };
	auto_buf out = { 0 };
	auto_buf plain = { 0 };

	(void)state;
	assert_int_equal(grub_cmdline_format(&debian, "u-1", "p-1", args, &out, &err), 0);
	assert_string_equal(
		buf_str(&out), "root=UUID=u-1 ro panic=30 console=ttyS0,115200 systemd.unit=a;b x=$y{}");
	assert_int_equal(grub_cmdline_format(&bare, "u-1", "p-1", NULL, &plain, &err), 0);
	assert_string_equal(buf_str(&plain), "root=PARTUUID=p-1 ro panic=30");
}

static void test_cmdline_refuses(void **state)
{
	static const char *const bad[] = { "", "a b", "a'b", "a\"b", "a\\b", "a\nb", "a\tb", "\x7f",
		"\xc3\xa4", "x\x01" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const args[] = { "quiet", bad[i], NULL };
		struct error err = { 0 };
		auto_buf out = { 0 };

		assert_int_equal(grub_cmdline_format(&debian, "u", "p", args, &out, &err), -EINVAL);
		assert_string_equal(err.code, "SW-3014");
	}
}

static void test_config(void **state)
{
	struct error err = { 0 };
	auto_buf out = { 0 };

	(void)state;
	assert_int_equal(grub_config_format(&debian,
				 "root=UUID=u ro console=tty0 console=ttyS1,9600", &out, &err),
		0);
	assert_non_null(strstr(buf_str(&out), "serial --unit=1 --speed=9600\n"));
	assert_non_null(strstr(buf_str(&out),
		"\tlinux '/boot/vmlinuz-6.1.0-18-amd64' 'root=UUID=u' 'ro' 'console=tty0' "
		"'console=ttyS1,9600'\n\tinitrd '/boot/initrd.img-6.1.0-18-amd64'\n}\n"));
	assert_null(strstr(buf_str(&out), "if ["));
	buf_reset(&out);
	assert_int_equal(grub_config_format(&debian, "xconsole=ttyS0 ro", &out, &err), 0);
	assert_null(strstr(buf_str(&out), "serial"));
}

static void test_config_follows_links(void **state)
{
	struct kernel kernel = debian;
	struct error err = { 0 };
	auto_buf out = { 0 };

	(void)state;
	kernel.kernel_link = "/vmlinuz";
	kernel.initrd_link = "/initrd.img";
	assert_int_equal(grub_config_format(&kernel, "root=UUID=u ro", &out, &err), 0);
	assert_non_null(strstr(buf_str(&out),
		"menuentry 'Installed system' {\n"
		"\tif [ -s '/vmlinuz' -a -s '/initrd.img' ]; then\n"
		"\tlinux '/vmlinuz' 'root=UUID=u' 'ro'\n\tinitrd '/initrd.img'\n"
		"\telse\n"
		"\tlinux '/boot/vmlinuz-6.1.0-18-amd64' 'root=UUID=u' 'ro'\n"
		"\tinitrd '/boot/initrd.img-6.1.0-18-amd64'\n"
		"\tfi\n}\n"));
}

static void test_config_refuses(void **state)
{
	struct kernel hostile = { .version = "1", .kernel = "/boot/vmlinuz-1'\n}" };
	struct error err = { 0 };
	auto_buf out = { 0 };

	(void)state;
	assert_int_equal(grub_config_format(&hostile, "ro", &out, &err), -EINVAL);
	assert_int_equal(grub_config_format(&debian, "ro '}", &out, &err), -EINVAL);
	assert_int_equal(grub_config_format(&debian, "ro\n}", &out, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_cmdline_refuses),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_config_follows_links),
		cmocka_unit_test(test_config_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
