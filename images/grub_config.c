// SPDX-License-Identifier: Apache-2.0
/* The installed system's kernel command line and grub.cfg. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "images/grub_config.h"

/* Printable ASCII but for what GRUB or the kernel would read as more than a character of a word. */
static bool is_plain_word(const char *text)
{
	if (!*text)
		return false;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("'\"\\", *p))
			return false;
	return true;
}

static int word_check(const char *what, const char *text, struct error *err)
{
	if (is_plain_word(text))
		return 0;
	fail_code(err, EINVAL, "SW-3014",
		"%s '%s' holds a space, quote, backslash or control character, or nothing", what,
		text);
	return fail_hint(err, "give each kernel argument as a word of its own");
}

int grub_cmdline_format(const struct kernel *kernel, const char *root_uuid,
	const char *root_partuuid, const char *const *args, struct buf *out, struct error *err)
{
	int r;

	buf_printf(out, "root=%s=%s ro " GRUB_PANIC, kernel->initrd[0] ? "UUID" : "PARTUUID",
		kernel->initrd[0] ? root_uuid : root_partuuid);
	for (; args && *args; args++) {
		if ((r = word_check("kernel argument", *args, err)) < 0)
			return r;
		buf_printf(out, " %s", *args);
	}
	return buf_check(out, "the kernel command line", err);
}

/* The last console=ttySn[,speed] of a command line. */
static bool serial_find(const char *cmdline, unsigned int *ret_unit, unsigned int *ret_speed)
{
	bool found = false;

	for (const char *p = cmdline; (p = strstr(p, "console=ttyS")); p++) {
		unsigned int unit, speed = 115200;

		if ((p > cmdline && p[-1] != ' ') ||
			sscanf(p, "console=ttyS%3u,%7u", &unit, &speed) < 1 || unit > 3)
			continue;
		*ret_unit = unit;
		*ret_speed = speed;
		found = true;
	}
	return found;
}

/* The words of a command line, each between quotes. */
static void words_add(struct buf *out, const char *cmdline)
{
	for (const char *p = cmdline; *p;) {
		size_t n = strcspn(p, " ");

		if (n > 0)
			buf_printf(out, " '%.*s'", (int)n, p);
		p += n + (p[n] == ' ');
	}
}

static int cmdline_check(const char *cmdline, struct error *err)
{
	for (const char *p = cmdline; *p; p++)
		if (*p < ' ' || *p > '~' || strchr("'\"\\", *p))
			return fail_code(err, EINVAL, "SW-3014",
				"the kernel command line holds what GRUB cannot pass on");
	return 0;
}

static void entry_add(struct buf *out, const char *kernel, const char *initrd, const char *cmdline)
{
	buf_printf(out, "\tlinux '%s'", kernel);
	words_add(out, cmdline);
	if (initrd[0])
		buf_printf(out, "\n\tinitrd '%s'", initrd);
	buf_puts(out, "\n");
}

int grub_config_format(
	const struct kernel *kernel, const char *cmdline, struct buf *out, struct error *err)
{
	unsigned int unit, speed;
	int r;

	if ((r = word_check("the kernel's path", kernel->kernel, err)) < 0 ||
		(kernel->initrd[0] &&
			(r = word_check("the initrd's path", kernel->initrd, err)) < 0) ||
		(r = cmdline_check(cmdline, err)) < 0)
		return r;
	buf_puts(out, "# Written by Slipway when this machine was installed.\n"
		      "set default=0\nset fallback=1\nset timeout=0\n");
	if (serial_find(cmdline, &unit, &speed))
		buf_printf(out,
			"serial --unit=%u --speed=%u\n"
			"terminal_input console serial\nterminal_output console serial\n",
			unit, speed);
	buf_puts(out, "menuentry 'Installed system' {\n");
	if (kernel->kernel_link) {
		buf_printf(out, "\tif [ -s '%s' -a -s '%s' ]; then\n", kernel->kernel_link,
			kernel->initrd_link);
		entry_add(out, kernel->kernel_link, kernel->initrd_link, cmdline);
		buf_puts(out, "\telse\n");
	}
	entry_add(out, kernel->kernel, kernel->initrd, cmdline);
	buf_puts(out, kernel->kernel_link ? "\tfi\n}\n" : "}\n");
	buf_puts(out, "menuentry 'Next boot device' {\n\texit\n}\n");
	return buf_check(out, "grub.cfg", err);
}
