// SPDX-License-Identifier: Apache-2.0
/*
 * Images over plain HTTP from the appliance's registry view (/v2/), trusted by digest alone. A
 * connection that drops or stalls is taken up where it broke, for as long as bytes come now and
 * then; whoever takes the bytes checks them.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/http_client.h"
#include "images/rootfs.h"

struct fetch {
	struct http_client *http;
	const char *server;     /* "10.9.0.1:80" */
	const char *repository; /* "os/debian-12-node" */
	int64_t patience_ms;    /* gives up after so long without a byte */
	/* Told of each failure that will be tried again; non-zero ends it. NULL: nobody. */
	int (*trouble)(const struct error *err, void *arg);
	void *trouble_arg;
};

#define FETCH_PATIENCE_MS 600000

int fetch_open(struct fetch *f, const char *server, const char *repository, struct error *err);
void fetch_close(struct fetch *f);

/* Adds a manifest whose bytes have this digest. SW-3021 where it is not to be had or another one.
 */
int fetch_manifest(
	struct fetch *f, const struct digest *digest, struct buf *out, struct error *err);

/* Brings a blob's bytes, in order, into the sink; arg is the struct fetch (images/rootfs.h).
 * SW-3022 where it is not to be had. */
int fetch_blob(void *arg, const struct digest *digest, uint64_t size_bytes, rootfs_sink sink,
	void *sink_arg, struct error *err);
