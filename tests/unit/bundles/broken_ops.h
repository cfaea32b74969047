// SPDX-License-Identifier: Apache-2.0
/* A store's table of operations whose n-th step fails, whichever that is. */
#pragma once

#include <errno.h>

#include "bundles/store_ops.h"

static int broken_steps_left; /* 0: none fails */
static int broken_error = EIO;

static inline int broken_step(void)
{
	return broken_steps_left > 0 && --broken_steps_left == 0 ? -broken_error : 0;
}

static inline int broken_make_dir(int fd, const char *name)
{
	int r = broken_step();

	return r ? r : store_ops_volatile.make_dir(fd, name);
}

static inline int broken_open(int fd, mode_t mode)
{
	int r = broken_step();

	return r ? r : store_ops_volatile.open_unnamed(fd, mode);
}

static inline ssize_t broken_write(int fd, const void *p, size_t n)
{
	int r = broken_step();

	return r ? r : store_ops_volatile.write(fd, p, n > 100 ? 100 : n); /* short writes, too */
}

static inline int broken_sync(int fd)
{
	int r = broken_step();

	return r ? r : store_ops_volatile.sync(fd);
}

static inline int broken_link(int fd, int dir_fd, const char *name)
{
	int r = broken_step();

	return r ? r : store_ops_volatile.link(fd, dir_fd, name);
}

static inline int broken_rename(int dir_fd, const char *from, const char *to)
{
	int r = broken_step();

	return r ? r : store_ops_volatile.rename(dir_fd, from, to);
}

static inline int broken_unlink(int dir_fd, const char *name)
{
	int r = broken_step();

	return r ? r : store_ops_volatile.unlink(dir_fd, name);
}

static inline struct store_ops broken_ops(void)
{
	struct store_ops ops = store_ops_volatile;

	ops.make_dir = broken_make_dir;
	ops.open_unnamed = broken_open;
	ops.write = broken_write;
	ops.sync = broken_sync;
	ops.link = broken_link;
	ops.rename = broken_rename;
	ops.unlink = broken_unlink;
	return ops;
}
