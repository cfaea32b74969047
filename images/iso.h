// SPDX-License-Identifier: Apache-2.0
/*
 * A small ISO 9660 file system (ECMA-119) in memory: a label and files in its root folder, each
 * readable as it is named. For cloud-init's NoCloud, which looks for a file system labelled
 * "cidata": as a file system it needs no program to make, every kernel of a distribution reads it,
 * and nobody changes it by mistake.
 *
 * Names are as long as 30 characters and in lower case, which is more than ECMA-119 allows at its
 * first level and what Linux shows unchanged.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

#define ISO_SECTOR    2048
#define ISO_NAME_MAX  30
#define ISO_FILES_MAX 16

struct iso_file {
	const char *name;
	const void *content;
	size_t size;
};

/* Adds the file system's bytes, whole sectors, to an empty buffer. Files in alphabetical order. */
int iso_make(const char *label, const struct iso_file *files, size_t n, struct buf *out,
	struct error *err);
