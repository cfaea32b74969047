// SPDX-License-Identifier: Apache-2.0
/*
 * What is taken of a container image. Digests are names, so bytes are kept where they can be: an
 * image of one architecture, and an index all of whose entries are wanted, stay what they are. Of
 * an index that loses entries a single one is taken by itself, under its own digest; several become
 * a new index, whose digest is new.
 */
#pragma once

#include "base/error.h"
#include "bundles/oci.h"
#include "bundles/platform.h"
#include "bundles/store.h"

struct container {
	char media_type[OCI_TYPE_MAX];
	struct digest manifest; /* of the manifest or index */
	uint64_t size;          /* bytes of it */
	char architecture[32];  /* what the configuration of its first image says, or "" */
	bool image;             /* false: an artifact of another kind */
};

/* Where an image comes from. */
struct container_source {
	struct store *store;
	const json_t *wanted; /* platform.h */
	/* Sees that a manifest is in the store with all that it needs. */
	int (*fetch)(const struct oci_descriptor *manifest, void *arg, struct error *err);
	void *arg;
};

/* Takes what is wanted of the image at `root`, whose document is in the store. */
int container_take(const struct container_source *source, const struct oci_descriptor *root,
	struct container *ret, struct error *err);

/* What the configuration of an image in the store says of its platform; nothing where it is none.
 */
struct platform container_platform(struct store *s, const struct oci_descriptor *config);
