// SPDX-License-Identifier: Apache-2.0
/* Log lines of the three programs, to stderr. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 2048

static enum log_level log_max = LOG_LEVEL_INFO;

void log_set_level(enum log_level max)
{
	log_max = max;
}

static void log_write(enum log_level level, char *text)
{
	char line[LOG_LINE_MAX + 8];
	int n;

	for (char *s = text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	/* JOURNAL_STREAM is set by systemd where stderr is the journal: sd-daemon(3), "<N>". */
	if (getenv("JOURNAL_STREAM"))
		n = snprintf(line, sizeof(line), "<%d>%s\n", level, text);
	else
		n = snprintf(line, sizeof(line), "%s\n", text);
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody is left to be told */
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[LOG_LINE_MAX];
	va_list ap;

	if (level > log_max)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_write(level, text);
}

void log_err(const struct error *err, const char *what)
{
	log_error("%s%s%s: %s%s%s", err->code, err->code[0] ? " " : "", what, err->text,
		err->hint[0] ? ". " : "", err->hint);
}
