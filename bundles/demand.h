// SPDX-License-Identifier: Apache-2.0
/*
 * What a recipe's manifests and image lists demand of a bundle: every image that they name, for the
 * recipe's architectures. For create.c.
 */
#pragma once

#include "bundles/create_image.h"

/* Checks the entries of a job against what is demanded. What is not there is fetched where the
 * recipe says from where, else -ENOENT (SW-6008) names images, files and lines. */
int demand_meet(struct create_job *job, struct error *err);
