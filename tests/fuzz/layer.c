// SPDX-License-Identifier: Apache-2.0
/*
 * Fuzzes images/rootfs.c and all below it: the input is the upper of two layers. Unpacking needs
 * root, for the child's own root folder; without it only the names are read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "images/layer_name.h"
#include "images/rootfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

static int input_fetch(void *arg, const struct digest *digest, uint64_t size_bytes,
	rootfs_sink sink, void *sink_arg, struct error *err)
{
	const struct input *in = arg;
	int r;

	(void)digest;
	/* The lower layer is an archive without entries. */
	r = size_bytes ? sink(in->data, in->size, sink_arg) : 0;
	return r < 0 ? fail(err, -r, "stopped") : 0;
}

static void names_read(const uint8_t *data, size_t size)
{
	char name[2 * LAYER_PATH_MAX] = "", out[LAYER_PATH_MAX];
	enum layer_name_kind kind;
	struct error err;

	memcpy(name, data, size < sizeof(name) ? size : sizeof(name) - 1);
	if (layer_name_read(name, out, &kind, &err) == 0 && strstr(out, "/../"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct rootfs_source source = { input_fetch, &in };
	struct rootfs_layer layers[2] = { { .size_bytes = 0 }, { .size_bytes = size } };
	char root[] = "/tmp/slipway-fuzz-XXXXXX";
	struct error err = { 0 };

	names_read(data, size);
	if (geteuid() != 0 || size == 0 || digest_of("", 0, &layers[0].digest, &err) < 0 ||
		digest_of(data, size, &layers[1].digest, &err) < 0 || !mkdtemp(root))
		return 0;
	(void)rootfs_unpack(root, layers, 2, &source, NULL, NULL, &err); /* either will do */
	if (remove_tree(root, &err) < 0)
		abort();
	return 0;
}
