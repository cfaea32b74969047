// SPDX-License-Identifier: Apache-2.0
/* What is wrong with a bundle, as one sentence. */
#include "bundles/damage.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 4
#define TEXT_MAX  1024

void damage_done(struct damage *d)
{
	buf_done(&d->text);
}

void damage_note(struct damage *d, const struct digest *blob, uint64_t at, const struct error *why)
{
	char text[DIGEST_TEXT_MAX];

	d->text.max = TEXT_MAX;
	if (d->count++ == 0) {
		d->number = why->number;
		memcpy(d->code, why->code, sizeof(d->code));
	}
	if (d->count > SHOWN_MAX)
		return;
	if (d->count > 1)
		buf_puts(&d->text, ", ");
	if (blob && why->number == -EBADMSG)
		buf_printf(&d->text, "blob %s at byte %llu", digest_format(blob, text),
			(unsigned long long)at);
	else if (blob)
		buf_printf(&d->text, "blob %s at byte %llu (%s)", digest_format(blob, text),
			(unsigned long long)at, why->text);
	else
		buf_printf(&d->text, "the archive at byte %llu (%s)", (unsigned long long)at,
			why->text);
}

int damage_raise(struct damage *d, int r, size_t whole, size_t total, struct error *err)
{
	const char *more = d->count > SHOWN_MAX ? ", ..." : "";

	if (r < 0)
		return fail_in(err, "%zu places are damaged: %s%s; then", d->count,
			buf_str(&d->text), more);
	return fail_code(err, -d->number, d->code,
		"%zu place%s damaged: %s%s; %zu of %zu blobs are whole", d->count,
		d->count == 1 ? " is" : "s are", buf_str(&d->text), more, whole, total);
}
