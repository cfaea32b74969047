// SPDX-License-Identifier: Apache-2.0
/* Errors: what went wrong, in a buffer the caller owns. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the well-formed UTF-8 sequence that s begins with; 0 where it begins with none. */
static size_t sequence(const unsigned char *s)
{
	size_t n = s[0] < 0x80   ? 1
		   : s[0] < 0xc2 ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

/* What comes from outside may sit in a message, and may have been cut; it must stay one line of
 * text that can be put into JSON. */
static void make_printable(char *s)
{
	while (*s) {
		size_t n = sequence((unsigned char *)s);

		if (n == 0 || (unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
		s += n ? n : 1;
	}
}

static int raise(struct error *err, int errnum, const char *code, const char *fmt, va_list ap)
	__attribute__((format(printf, 4, 0)));

static int raise(struct error *err, int errnum, const char *code, const char *fmt, va_list ap)
{
	err->number = errnum > 0 ? -errnum : -EIO;
	err->hint[0] = '\0';
	(void)snprintf(err->code, sizeof(err->code), "%s", code ? code : "");
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	make_printable(err->text);
	return err->number;
}

int fail(struct error *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	(void)raise(err, errnum, NULL, fmt, ap);
	va_end(ap);
	n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s", strerror(-err->number));
	return err->number;
}

int fail_code(struct error *err, int errnum, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)raise(err, errnum, code, fmt, ap);
	va_end(ap);
	return err->number;
}

int fail_in(struct error *err, const char *fmt, ...)
{
	char inner[ERROR_TEXT_MAX];
	va_list ap;
	size_t n;

	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	make_printable(err->text);
	n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof(err->text) - n, ": %s", inner);
	return err->number;
}

int fail_hint(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
	make_printable(err->hint);
	return err->number;
}

int fail_memory(struct error *err)
{
	return fail_code(err, ENOMEM, NULL, "out of memory");
}
