// SPDX-License-Identifier: Apache-2.0
/*
 * Names of entries in the store. A container image's is HOST/REPOSITORY:TAG in full, as containerd
 * writes it ("docker.io/library/app:1.0"); an OS image's or file's is REPOSITORY[:TAG]
 * ("os/debian-12-node"). Repositories follow the grammar of the distribution specification, tags
 * too; an entry's name follows that of org.opencontainers.image.ref.name (annotations.md).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define REFERENCE_MAX  512
#define REPOSITORY_MAX 255
#define TAG_MAX        128

/* True where the whole text is a repository: lower-case components with '/' in between. */
bool repository_valid(const char *text);
/* True where the whole text is a tag. */
bool tag_valid(const char *text);
/* True where the whole text can name an entry of the store. */
bool entry_name_valid(const char *text);

/* An entry's name in parts. All are copies; an absent part is "". */
struct reference {
	char host[REPOSITORY_MAX + 1]; /* "docker.io", "registry.example:5000" */
	char repository[REPOSITORY_MAX + 1];
	char tag[TAG_MAX + 1];
};

/* Takes a name apart. The first component is a host where it holds '.' or ':' or is "localhost". */
int reference_parse(const char *name, struct reference *ret, struct error *err);

/* The full name of a container image as people write it: "app" is "docker.io/library/app:latest".
 * out has REFERENCE_MAX bytes. */
int reference_normalize(const char *name, char *out, struct error *err);

/* What is pulled under a name that may be pinned ("app:1@sha256:..."), as containerd reads it: out
 * is the full name, and digest (DIGEST_TEXT_MAX bytes) is "". Where there is a digest it alone
 * counts: out then has no tag. */
int reference_resolve(const char *name, char *out, char *digest, struct error *err);
