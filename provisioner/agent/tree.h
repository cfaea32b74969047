// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the small files of /sys and /proc below a root that a test can put elsewhere. A file that
 * is not there reads as empty: hardware tells what it likes, and nothing of it is essential.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "provisioner/agent/text.h"

#define TREE_PATH_MAX 1024

struct tree {
	const char *root; /* "" for the running system */
};

/* The path of a file below the root, made by a format; returns out, cut where it is too long. */
const char *tree_path(const struct tree *t, char out[static TREE_PATH_MAX], const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A file's text, cleaned (text.h); returns out, "" where it cannot be read. */
const char *tree_text(const struct tree *t, char *out, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A file's first bytes as they are; returns how many, 0 where it cannot be read. */
size_t tree_bytes(const struct tree *t, uint8_t *out, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A decimal number; `otherwise` where there is none. */
int64_t tree_number(const struct tree *t, int64_t otherwise, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The last part of what a symbolic link points to: a driver's or subsystem's name. */
const char *tree_link(const struct tree *t, char *out, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* A path with its links resolved, the root taken off; "" where it is not there. */
const char *tree_real(const struct tree *t, char out[static TREE_PATH_MAX], const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

bool tree_has(const struct tree *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Calls `each` for the names in a folder, in alphabetical order (numbers by value); non-zero ends
 * it and is returned. A missing folder is empty. */
int tree_list(const struct tree *t, const char *folder, int (*each)(const char *name, void *arg),
	void *arg);

/* The address of the closest PCI device above a real path of sysfs ("0000:00:04.0"), or "". */
const char *tree_pci(const char *real, char *out, size_t size);
