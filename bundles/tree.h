// SPDX-License-Identifier: Apache-2.0
/*
 * What must be known of a root file system in a tar archive before it is rewritten as a layer: its
 * symbolic links, its folders and its systemd units. One pass over the archive, which is a file
 * this machine made or the operator named.
 */
#pragma once

#include <jansson.h>

#include "base/error.h"

struct tree {
	json_t *links;   /* path: target */
	json_t *folders; /* path: true */
	json_t *units;   /* name: {path, text} */
	json_t *texts;   /* path: text, of the files that tell its packages and what system it is */
};

/* Paths have no slash in front. */
int tree_scan(const char *tar, struct tree *ret, struct error *err);
void tree_done(struct tree *t);
#define auto_tree __attribute__((cleanup(tree_done))) struct tree

/* The path with symbolic links among its folders followed, so that "lib/x" is "usr/lib/x". Caller
 * frees; NULL without memory. */
char *tree_resolve(const struct tree *t, const char *path);

/* A path of an archive as we write it: no "./" in front, no slash at the end. Works in place. */
const char *tree_tidy(char *path);
