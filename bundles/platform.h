// SPDX-License-Identifier: Apache-2.0
/*
 * Which architectures of an image are wanted: a list as a recipe's `arch` gives it, of "amd64",
 * "arm64", "arm/v7" (image-spec, image-index.md, "platform"), or of "all" alone for an image as it
 * is. NULL stands for PLATFORM_OURS.
 */
#pragma once

#include "base/error.h"
#include "bundles/oci.h"

#define PLATFORM_OURS "amd64"
#define PLATFORMS_MAX 32 /* in one list */

struct platform {
	char architecture[32]; /* "" where it is not said */
	char variant[16];
};

/* Checks the words of a list; `what` names it in the error. */
int platform_words_check(const json_t *wanted, const char *what, struct error *err);

bool platform_wants_all(const json_t *wanted);

/* What the platform of an index's entry, or an image's configuration, says. */
struct platform platform_of(const json_t *json);

/* 0 where the one image there is serves all that is wanted; -EINVAL (SW-6005). One that says
 * nothing of an architecture, as an artifact, serves any. */
int platform_check(const json_t *wanted, const struct platform *p, struct error *err);

/* Marks in keep[index->count] what is wanted of an index. -EINVAL (SW-6005) where an architecture
 * is not there. */
int platform_pick(const struct oci_document *index, const json_t *wanted, bool *keep,
	size_t *ret_kept, struct error *err);
