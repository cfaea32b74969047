// SPDX-License-Identifier: Apache-2.0
/*
 * A store's table of operations that writes down what is done, and folders as a power cut could
 * leave them.
 *
 * The model is harsher than file systems are. What a file holds is certain after its last sync, and
 * what names a folder has after its own; of all that came later each single step may have reached
 * the disk or not, in any combination, and a write may have reached it in part or as zeros.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundles/store_ops.h"

#define REC_STEPS_MAX 1024
#define REC_NODES_MAX 256

enum rec_kind { REC_WRITE, REC_SYNC, REC_NAME, REC_RENAME, REC_UNNAME };

struct rec_step {
	enum rec_kind kind;
	int node;      /* that is written, synced or named */
	int dir;       /* that a name changes in */
	char name[80]; /* the new one */
	char from[80]; /* REC_RENAME: the old one */
	char *data;    /* REC_WRITE */
	size_t n;
};

struct rec_node {
	ino_t ino;
	bool is_dir;
};

/* Node 0 is the folder that the store's folder is made in. */
static struct rec_node rec_nodes[REC_NODES_MAX];
static int rec_node_count;
static struct rec_step rec_steps[REC_STEPS_MAX];
static int rec_count;

static inline int rec_node_add(ino_t ino, bool is_dir)
{
	assert_true(rec_node_count < REC_NODES_MAX);
	rec_nodes[rec_node_count] = (struct rec_node){ ino, is_dir };
	return rec_node_count++;
}

/* The newest node of an inode, whose number may have been another file's before. */
static inline int rec_node_of(ino_t ino)
{
	for (int i = rec_node_count - 1; i >= 0; i--)
		if (rec_nodes[i].ino == ino)
			return i;
	return -1;
}

static inline int rec_fd_node(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return rec_node_of(st.st_ino);
}

static inline struct rec_step *rec_step_add(enum rec_kind kind, int node, int dir, const char *name)
{
	struct rec_step *s = &rec_steps[rec_count];

	assert_true(rec_count < REC_STEPS_MAX && node >= 0 && dir >= 0);
	rec_count++;
	*s = (struct rec_step){ .kind = kind, .node = node, .dir = dir };
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static inline int rec_make_dir(int dir_fd, const char *name)
{
	const char *last = strrchr(name, '/');
	char above[256] = ".";
	struct stat st;
	struct stat up;
	int r = store_ops_volatile.make_dir(dir_fd, name);

	if (last)
		(void)snprintf(above, sizeof(above), "%.*s", (int)(last - name), name);
	assert_int_equal(r, 0);
	assert_int_equal(fstatat(dir_fd, name, &st, 0), 0);
	assert_int_equal(fstatat(dir_fd, above, &up, 0), 0);
	if (rec_node_of(st.st_ino) < 0)
		(void)rec_step_add(REC_NAME, rec_node_add(st.st_ino, true), rec_node_of(up.st_ino),
			last ? last + 1 : name);
	return 0;
}

static inline int rec_open(int dir_fd, mode_t mode)
{
	int fd = store_ops_volatile.open_unnamed(dir_fd, mode);
	struct stat st;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	(void)rec_node_add(st.st_ino, false);
	return fd;
}

static inline ssize_t rec_write(int fd, const void *p, size_t n)
{
	ssize_t done = store_ops_volatile.write(fd, p, n > 512 ? 512 : n);
	struct rec_step *s = rec_step_add(REC_WRITE, rec_fd_node(fd), 0, "");

	assert_true(done > 0);
	s->n = (size_t)done;
	s->data = malloc(s->n);
	memcpy(s->data, p, s->n);
	return done;
}

static inline int rec_sync(int fd)
{
	(void)rec_step_add(REC_SYNC, rec_fd_node(fd), 0, "");
	return 0;
}

static inline int rec_link(int fd, int dir_fd, const char *name)
{
	int r = store_ops_volatile.link(fd, dir_fd, name);

	if (r == 0)
		(void)rec_step_add(REC_NAME, rec_fd_node(fd), rec_fd_node(dir_fd), name);
	return r;
}

static inline int rec_rename(int dir_fd, const char *from, const char *to)
{
	struct stat st;
	struct rec_step *s;

	assert_int_equal(fstatat(dir_fd, from, &st, 0), 0);
	assert_int_equal(store_ops_volatile.rename(dir_fd, from, to), 0);
	s = rec_step_add(REC_RENAME, rec_node_of(st.st_ino), rec_fd_node(dir_fd), to);
	(void)snprintf(s->from, sizeof(s->from), "%s", from);
	return 0;
}

static inline int rec_unlink(int dir_fd, const char *name)
{
	int r = store_ops_volatile.unlink(dir_fd, name);

	if (r == 0)
		(void)rec_step_add(REC_UNNAME, 0, rec_fd_node(dir_fd), name);
	return r;
}

static inline struct store_ops rec_start(const char *root)
{
	struct store_ops ops = store_ops_volatile;
	struct stat st;

	assert_int_equal(stat(root, &st), 0);
	(void)rec_node_add(st.st_ino, true);
	ops.make_dir = rec_make_dir;
	ops.open_unnamed = rec_open;
	ops.write = rec_write;
	ops.sync = rec_sync;
	ops.link = rec_link;
	ops.rename = rec_rename;
	ops.unlink = rec_unlink;
	return ops;
}

static inline void rec_end(void)
{
	for (int i = 0; i < rec_count; i++)
		free(rec_steps[i].data);
}

/* What becomes of a step that no sync has made certain. */
enum rec_fate { REC_DONE, REC_LOST, REC_TORN, REC_ZEROS };
typedef enum rec_fate (*rec_fate_fn)(const struct rec_step *s);

/* The step behind the last sync of a node among the first `steps`. */
static inline int rec_certain(int node, int steps)
{
	for (int i = steps; i > 0; i--)
		if (rec_steps[i - 1].kind == REC_SYNC && rec_steps[i - 1].node == node)
			return i;
	return 0;
}

static inline void rec_file_put(int node, int fd, int steps, rec_fate_fn fate)
{
	int certain = rec_certain(node, steps);
	off_t at = 0;

	for (int i = 0; i < steps; i++) {
		const struct rec_step *s = &rec_steps[i];
		char zeros[512] = { 0 };
		enum rec_fate f;

		if (s->kind != REC_WRITE || s->node != node)
			continue;
		f = i < certain ? REC_DONE : fate(s);
		if (f != REC_LOST)
			assert_true(pwrite(fd, f == REC_ZEROS ? zeros : s->data,
					    f == REC_TORN ? s->n / 2 : s->n, at) >= 0);
		at += (off_t)s->n;
	}
}

struct rec_entry {
	const char *name;
	int node;
};

static inline void rec_entry_set(struct rec_entry *e, int *count, const char *name, int node)
{
	int i = 0;

	while (i < *count && strcmp(e[i].name, name) != 0)
		i++;
	assert_true(i < REC_NODES_MAX);
	e[i] = (struct rec_entry){ name, node };
	*count += i == *count;
}

/* The names of a folder; node -1: gone. */
static inline int rec_names(int dir, int steps, rec_fate_fn fate, struct rec_entry *e)
{
	int certain = rec_certain(dir, steps);
	int count = 0;

	for (int i = 0; i < steps; i++) {
		const struct rec_step *s = &rec_steps[i];

		if (s->kind == REC_WRITE || s->kind == REC_SYNC || s->dir != dir ||
			(i >= certain && fate(s) != REC_DONE))
			continue;
		if (s->kind == REC_RENAME)
			rec_entry_set(e, &count, s->from, -1);
		rec_entry_set(e, &count, s->name, s->kind == REC_UNNAME ? -1 : s->node);
	}
	return count;
}

/* Makes what a power cut after the first `steps` could have left of a folder. */
static inline void rec_put(int dir, int dir_fd, int steps, rec_fate_fn fate)
{
	struct rec_entry e[REC_NODES_MAX];
	int count = rec_names(dir, steps, fate, e);

	for (int i = 0; i < count; i++) {
		bool is_dir = e[i].node >= 0 && rec_nodes[e[i].node].is_dir;
		int fd;

		if (e[i].node < 0)
			continue;
		if (is_dir)
			assert_int_equal(mkdirat(dir_fd, e[i].name, 0755), 0);
		fd = openat(dir_fd, e[i].name,
			is_dir ? O_RDONLY | O_DIRECTORY : O_WRONLY | O_CREAT | O_EXCL, 0644);
		assert_true(fd >= 0);
		if (is_dir)
			rec_put(e[i].node, fd, steps, fate);
		else
			rec_file_put(e[i].node, fd, steps, fate);
		(void)close(fd);
	}
}
