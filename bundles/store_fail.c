// SPDX-License-Identifier: Apache-2.0
/* What the operator is told when the file system under the store refuses. */
#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "bundles/store_impl.h"

struct remedy {
	int number;
	const char *code;
	const char *hint;
};

static const struct remedy remedies[] = {
	{ ENOSPC, "SW-2011", "Free some room: slipway store gc --dry-run" },
	{ EDQUOT, "SW-2011", "Raise its quota, or free some room: slipway store gc --dry-run" },
	{ EROFS, "SW-2061", "See in 'dmesg' why it is read-only, mount it writable, do it again." },
	{ EIO, "SW-2062", "See in 'dmesg' what the disk says; then: slipway store fsck" },
};

int store_fail(struct error *err, int number, const char *fmt, ...)
{
	auto_buf text = { .max = ERROR_TEXT_MAX };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		const struct remedy *r = &remedies[i];

		if (r->number != -number)
			continue;
		(void)fail_code(err, -number, r->code, "%s: %s", buf_str(&text), strerror(-number));
		return fail_hint(err, "%s", r->hint);
	}
	return fail(err, -number, "%s", buf_str(&text));
}
