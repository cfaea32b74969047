// SPDX-License-Identifier: Apache-2.0
/*
 * Every blob of the store, and walks through what refers to them: what df, fsck and gc stand on.
 * A census takes 64 bytes of memory a blob, STORE_BLOBS_MAX of them at the most.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bundles/store.h"

#define STORE_BLOBS_MAX   (1u << 20)
#define STORE_FOREIGN_MAX 1000 /* names of foreign files that are kept */

struct store_blob {
	struct digest digest;
	uint64_t size;     /* bytes on disk */
	int64_t written_s; /* Unix seconds */
	uint32_t seen;     /* number of the last walk that met it; 0: none did */
	uint32_t owner;    /* for who walks: who needs it; 0: nobody yet */
	bool damaged;      /* for fsck */
};

struct store_census {
	struct store_blob *blobs; /* sorted by digest */
	size_t count;
	uint64_t bytes;  /* of all blobs */
	json_t *foreign; /* names in blobs/sha256 that are no blobs, sorted */
};

/* Lists blobs/sha256 as it is now; the caller ends *ret with store_census_done. */
int store_census_take(struct store *s, struct store_census *ret, struct error *err);
void store_census_done(struct store_census *c);
#define auto_census __attribute__((cleanup(store_census_done))) struct store_census

/* The blob of a digest, or NULL. */
struct store_blob *store_census_find(const struct store_census *c, const struct digest *d);

enum store_met {
	STORE_MET_BLOB,       /* it is in the census */
	STORE_MET_NOTHING,    /* it is not */
	STORE_MET_UNREADABLE, /* a manifest or index whose content is not to be had; told after BLOB
			       */
};

/* Told of each descriptor: b is its blob, NULL where there is none. Non-zero ends the walk. */
typedef int (*store_met_fn)(enum store_met met, const struct oci_descriptor *d,
	struct store_blob *b, void *arg, struct error *err);

struct store_walk {
	struct store *store;
	struct store_census *census;
	uint32_t
		number; /* 1 or more; blobs that walks of the same number meet again are not told */
	store_met_fn visit;
	void *arg;
};

/* Walks from a descriptor to everything it needs; what is missing or damaged is told, not raised.
 */
int store_walk(const struct store_walk *w, const struct oci_descriptor *from, struct error *err);

/* Walks from every entry of index.json: those without a name, too, and with `held` those that are
 * held after their names are gone. */
int store_walk_all(const struct store_walk *w, bool held, struct error *err);
