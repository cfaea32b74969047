// SPDX-License-Identifier: Apache-2.0
/* A made-up machine: a temporary root whose /sys, /proc and /dev a test fills. */
#pragma once

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "provisioner/agent/tree.h"

struct fixture {
	char root[64];
	struct tree tree;
};

static inline void fixture_new(struct fixture *f)
{
	snprintf(f->root, sizeof(f->root), "/tmp/slipway-fixture-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	f->tree.root = f->root;
}

static inline void fixture_free(struct fixture *f)
{
	struct error err = { 0 };

	assert_int_equal(remove_tree(f->root, &err), 0);
}

/* The path below the root, its folder made. */
static inline const char *fixture_path(
	const struct fixture *f, const char *path, char out[static TREE_PATH_MAX])
{
	char folder[TREE_PATH_MAX];
	struct error err = { 0 };

	snprintf(out, TREE_PATH_MAX, "%s%s", f->root, path);
	snprintf(folder, sizeof(folder), "%s", out);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(make_dirs(folder, 0755, &err), 0);
	return out;
}

static inline void fixture_bytes(const struct fixture *f, const char *path, const void *p, size_t n)
{
	char full[TREE_PATH_MAX];
	FILE *file = fopen(fixture_path(f, path, full), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(p, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static inline void fixture_text(const struct fixture *f, const char *path, const char *text)
{
	fixture_bytes(f, path, text, strlen(text));
}

static inline void fixture_link(const struct fixture *f, const char *path, const char *target)
{
	char full[TREE_PATH_MAX];

	assert_int_equal(symlink(target, fixture_path(f, path, full)), 0);
}

static inline void fixture_folder(const struct fixture *f, const char *path)
{
	char full[TREE_PATH_MAX];

	assert_int_equal(mkdir(fixture_path(f, path, full), 0755), 0);
}
