// SPDX-License-Identifier: Apache-2.0
/* zstd (RFC 8878) in front of a write function; frames carry a checksum. */
#include "bundles/sink.h"

#include <stdlib.h>
#include <zstd.h>

int sink_open(struct sink *s, sink_write_fn write, void *arg, int level, struct error *err)
{
	*s = (struct sink){ .write = write, .arg = arg };
	if (level == 0)
		return 0;
	s->out_size = ZSTD_CStreamOutSize();
	s->out = malloc(s->out_size);
	s->zstd = ZSTD_createCCtx();
	if (!s->out || !s->zstd) {
		sink_close(s);
		return fail_memory(err);
	}
	(void)ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, level); /* any is valid */
	(void)ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_checksumFlag, 1);
	return 0;
}

/* Feeds the compressor until it has taken all of the input and, at the end, given all output. */
static int compress(struct sink *s, ZSTD_inBuffer *in, ZSTD_EndDirective mode, struct error *err)
{
	for (;;) {
		ZSTD_outBuffer out = { s->out, s->out_size, 0 };
		size_t left = ZSTD_compressStream2(s->zstd, &out, in, mode);
		int r;

		if (ZSTD_isError(left))
			return fail_code(
				err, EIO, NULL, "compressing: %s", ZSTD_getErrorName(left));
		r = out.pos > 0 ? s->write(s->out, out.pos, s->arg, err) : 0;
		if (r < 0)
			return r;
		if (mode == ZSTD_e_end ? left == 0 : in->pos == in->size)
			return 0;
	}
}

int sink_add(struct sink *s, const void *p, size_t n, struct error *err)
{
	ZSTD_inBuffer in = { p, n, 0 };

	return s->zstd ? compress(s, &in, ZSTD_e_continue, err) : s->write(p, n, s->arg, err);
}

int sink_end(struct sink *s, struct error *err)
{
	ZSTD_inBuffer in = { NULL, 0, 0 };

	return s->zstd ? compress(s, &in, ZSTD_e_end, err) : 0;
}

void sink_close(struct sink *s)
{
	(void)ZSTD_freeCCtx(s->zstd); /* frees only */
	free(s->out);
	*s = (struct sink){ 0 };
}
