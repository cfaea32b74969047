// SPDX-License-Identifier: Apache-2.0
/*
 * Unpacks OCI layers into a root (image-spec, layer.md): each layer's stored bytes come from a
 * callback, are hashed here as they pass, and go down a pipe to a child that has the target as its
 * root (images/sandbox.h) and unpacks with libarchive (images/layer.h).
 *
 * The digest covers the stored bytes and is itself covered by the manifest, so diff_ids are not
 * computed again.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/error.h"

struct rootfs_layer {
	const char *media_type; /* for messages only: gzip, zstd and plain tar are told by their
				   bytes */
	struct digest digest;
	uint64_t size_bytes; /* as stored */
};

/* Takes bytes of a blob as they come; non-zero (-errno) means stop. */
typedef int (*rootfs_sink)(const void *p, size_t n, void *arg);

struct rootfs_source {
	/* Brings one blob, in order, into the sink. When the sink returns non-zero the fetch stops
	 * and returns an error; the unpacker then reports its own, more precise one. */
	int (*fetch)(void *arg, const struct digest *digest, uint64_t size_bytes, rootfs_sink sink,
		void *sink_arg, struct error *err);
	void *arg;
};

/* layer: index from 0; done_bytes: of all layers. Non-zero stops with -ECANCELED. */
typedef int (*rootfs_progress)(size_t layer, uint64_t done_bytes, void *arg);

/* Unpacks the layers, lowest first, into the folder `root` and syncs its file system. Errors:
 * SW-3010 wrong bytes, SW-3011 not a layer or a hostile one, SW-3013 file system full. */
int rootfs_unpack(const char *root, const struct rootfs_layer *layers, size_t n_layers,
	const struct rootfs_source *source, rootfs_progress progress, void *progress_arg,
	struct error *err);
