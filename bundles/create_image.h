// SPDX-License-Identifier: Apache-2.0
/* What a recipe names, one by one, into the staging store. For create.c: create_image.c has OS
 * images and files, create_container.c containers and archives. */
#pragma once

#include "bundles/container.h"
#include "bundles/recipe.h"
#include "bundles/store.h"
#include "bundles/tree.h"

struct create_job {
	const struct recipe *recipe;
	struct store *store;
	const char *work; /* folder for files between */
	int64_t newest;   /* Unix seconds: no time in the bundle is later */
	json_t *entries;  /* descriptors for the index, filled in */
	void (*step)(const char *text, void *arg);
	void *arg;
};

/* Each adds the blobs and the entry of one item of the recipe's list. */
int create_image(struct create_job *job, const json_t *image, struct error *err);
int create_container(struct create_job *job, const json_t *container, struct error *err);
int create_archive(struct create_job *job, const json_t *archive, struct error *err);
int create_file(struct create_job *job, const json_t *file, struct error *err);

/* The entry of an OS image whose container image is in the store, and its SBOM. */
int create_os_container(
	struct create_job *job, const json_t *image, const struct container *c, struct error *err);
/* An image of kind "disk": create_disk.c. */
int create_disk(struct create_job *job, const json_t *image, struct error *err);
/* What an installer must know of an OS image, as annotations. The caller owns it; NULL: err says.
 */
json_t *create_notes(const json_t *image, const char *architecture, struct error *err);

/* Adds the SBOM of an OS image, where its tree has packages that are known: create_sbom.c. */
int create_sbom(struct create_job *job, const char *image, const struct oci_descriptor *subject,
	const struct tree *tree, struct error *err);
/* The same from the image's layers. */
int create_layers_sbom(struct create_job *job, const char *image,
	const struct oci_descriptor *subject, struct error *err);

/* What they share. Says that something begins. */
void create_say(const struct create_job *job, const char *name, const char *what);
/* Adds an entry; takes `notes` over. A second one of that name must be the same. */
int create_entry(struct create_job *job, const char *name, const char *kind, const char *type,
	const struct digest *manifest, uint64_t size, json_t *notes, struct error *err);
/* Takes what is wanted (platform.h) of an image from SOURCE, as recipe.c tells it. */
int create_copy(struct create_job *job, const char *source, const char *name, const json_t *wanted,
	struct container *ret, struct error *err);
