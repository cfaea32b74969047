// SPDX-License-Identifier: Apache-2.0
/* What a recipe names, one by one, into the staging store. For create.c. */
#pragma once

#include "bundles/recipe.h"
#include "bundles/store.h"

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
int create_file(struct create_job *job, const json_t *file, struct error *err);
