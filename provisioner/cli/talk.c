// SPDX-License-Identifier: Apache-2.0
/* What the command says to its user on stderr, apart from its data. */
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "provisioner/cli/cli.h"
#include "provisioner/cli/output.h"

static void line_put(const char *start, const char *fmt, va_list ap)
{
	auto_buf line = { .max = 16384 };

	buf_puts(&line, start);
	buf_vprintf(&line, fmt, ap);
	text_put(stderr, buf_str(&line));
	(void)fputc('\n', stderr); /* a terminal that is gone has no reader to tell */
}

void cli_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_put("", fmt, ap);
	va_end(ap);
}

void cli_next(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_put("next: ", fmt, ap);
	va_end(ap);
}

static int exit_of(int number)
{
	switch (-number) {
	case ENOENT:
		return CLI_NOT_FOUND;
	case EPERM:
	case EACCES:
		return CLI_REFUSED;
	case ETIMEDOUT:
		return CLI_TIMEOUT;
	case ENOTCONN:
		return CLI_NO_DAEMON;
	case EBADMSG:
		return CLI_UNVERIFIED;
	case EINVAL:
		return CLI_USAGE;
	}
	return CLI_FAILED;
}

int cli_error(const struct error *err)
{
	cli_say("slipway: %s%s%s", err->code, err->code[0] ? " " : "", err->text);
	if (err->hint[0])
		cli_say("  try: %s", err->hint);
	return exit_of(err->number);
}
