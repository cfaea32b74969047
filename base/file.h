// SPDX-License-Identifier: Apache-2.0
/* Whole files and whole writes. Everything is O_CLOEXEC and blocks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/* Reads a file of at most `max` bytes into b (appended). dirfd may be AT_FDCWD. EFBIG past max. */
int file_read_at(int dirfd, const char *path, size_t max, struct buf *b, struct error *err);
int file_read(const char *path, size_t max, struct buf *b, struct error *err);

/* Puts a file in place as a whole: unnamed or temporary file, fsync, rename, fsync of the folder. */
int file_write_at(int dirfd, const char *path, const void *p, size_t n, mode_t mode,
	struct error *err);
int file_write(const char *path, const void *p, size_t n, mode_t mode, struct error *err);

/* Writes all n bytes to fd, going on after short writes and EINTR. */
int write_all(int fd, const void *p, size_t n, struct error *err);

/* Reads until n bytes or the end; *ret_n says how many. */
int read_full(int fd, void *p, size_t n, size_t *ret_n, struct error *err);

/* Makes a folder and the missing ones above it. An existing folder is fine. */
int make_dirs(const char *path, mode_t mode, struct error *err);

/* Removes a folder with all below it, never following symbolic links. Absent is fine. */
int remove_tree(const char *path, struct error *err);

bool file_exists(const char *path);
