// SPDX-License-Identifier: Apache-2.0
/*
 * Every effect that the store has on a file system, as one table.
 *
 * The store calls nothing else that changes a disk, so a test replaces the table and fails, stops
 * or records any single step. Each member returns 0 (or a count) or -errno, as named.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct store_ops {
	/* Makes one folder; an existing one is fine. */
	int (*make_dir)(int dir_fd, const char *name);
	/* Opens an unnamed file in a folder for writing. Returns its descriptor. */
	int (*open_unnamed)(int dir_fd, mode_t mode);
	/* Sets room for `size` bytes aside, so that a full disk is found before the first byte. */
	int (*reserve)(int fd, uint64_t size);
	/* Writes up to n bytes at the end. Returns how many. */
	ssize_t (*write)(int fd, const void *p, size_t n);
	/* Starts writing a range back without waiting for it. A hint: its failure is no failure. */
	void (*write_back)(int fd, uint64_t offset, uint64_t size);
	/* Makes a file's content, or a folder's names, durable. */
	int (*sync)(int fd);
	/* Gives an unnamed file its name. -EEXIST where the name is taken. */
	int (*link)(int fd, int dir_fd, const char *name);
	int (*rename)(int dir_fd, const char *from, const char *to);
	int (*unlink)(int dir_fd, const char *name);
	/* Marks a file as damaged by taking its permissions away, or takes the mark off. */
	int (*mark)(int fd, bool damaged);
	/* Takes the writers' lock on the store's folder without waiting. -EWOULDBLOCK: held. */
	int (*lock)(int dir_fd);
	/* Bytes free to an unprivileged writer. */
	int (*free_space)(int dir_fd, uint64_t *ret_bytes);
};

/* The real file system. */
extern const struct store_ops store_ops_disk;
/* The same without waiting for the disk: for a staging area that is thrown away. */
extern const struct store_ops store_ops_volatile;
