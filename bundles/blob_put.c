// SPDX-License-Identifier: Apache-2.0
/* Blobs from files and from values. */
#include "bundles/blob_put.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

#define COPY_SIZE (1u << 20)

int blob_put_fd(struct store *s, int fd, const struct digest *expected, struct digest *ret,
	uint64_t *ret_size, struct error *err)
{
	auto_store_writer w = { 0 };
	auto_free uint8_t *chunk = malloc(COPY_SIZE);
	size_t n = 1;
	int r = chunk ? store_writer_start(&w, s, 0, err) : fail_memory(err);

	while (r == 0 && n > 0) {
		r = read_full(fd, chunk, COPY_SIZE, &n, err);
		if (r == 0)
			r = store_writer_add(&w, chunk, n, err);
	}
	*ret_size = w.written;
	return r < 0 ? r : store_writer_commit(&w, expected, ret, err);
}

int blob_put_json(struct store *s, const json_t *json, struct digest *ret, uint64_t *ret_size,
	struct error *err)
{
	auto_free char *text = NULL;
	int r = json ? json_write(json, &text, err) : fail_memory(err);

	if (r < 0)
		return r;
	*ret_size = strlen(text);
	return store_put(s, text, strlen(text), ret, err);
}
