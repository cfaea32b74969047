// SPDX-License-Identifier: Apache-2.0
/*
 * Files below a root that is not trusted: every path is resolved by the kernel with that root as
 * "/" (openat2, RESOLVE_IN_ROOT), so no link in an image leads out of it.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct target_file {
	const char *path; /* absolute, as the installed system will see it */
	mode_t mode;      /* permission bits */
	uid_t uid;
	gid_t gid;
	const void *content;
	size_t size;
	const char
		*link; /* makes a symbolic link that says this, instead of a file; NULL: a file */
};

/* Opens the root itself; a fd to be used with the calls below. */
int target_open(const char *root, struct error *err);

/* Opens `path` below root_fd with open(2) flags (O_CLOEXEC is added). fd, or -errno. */
int target_resolve(int root_fd, const char *path, int flags, struct error *err);

/* Puts a file in place as a whole, making missing folders (0755, root). A link or file of that name
 * is replaced, never followed; a folder of that name is an error. */
int target_write(int root_fd, const struct target_file *file, struct error *err);
