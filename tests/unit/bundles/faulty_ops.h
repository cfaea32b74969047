// SPDX-License-Identifier: Apache-2.0
/* A store's table of operations where one kind of step fails: from the n-th on, once or for ever.
 * Or all of them have a disk of a few bytes. */
#pragma once

#include <errno.h>
#include <stdbool.h>

#include "bundles/store_ops.h"

enum fault_step {
	FAULT_MAKE_DIR,
	FAULT_OPEN,
	FAULT_RESERVE,
	FAULT_WRITE,
	FAULT_SYNC,
	FAULT_LINK,
	FAULT_RENAME,
	FAULT_UNLINK,
	FAULT_LOCK,
	FAULT_SPACE,
};
#define FAULT_STEP_COUNT 10

struct fault {
	enum fault_step step;
	int number;    /* errno */
	int at;        /* which one of its kind fails, from 1; 0: none */
	bool for_ever; /* and all of its kind after it */
	int met;       /* how many of its kind there were */
};

static struct fault fault;
static bool fault_disk_small; /* the disk has fault_disk_free bytes */
static uint64_t fault_disk_free;
static uint64_t fault_disk_promised; /* what it says of itself where that is more */

static inline int fault_of(enum fault_step step)
{
	if (fault.at == 0 || fault.step != step)
		return 0;
	fault.met++;
	return fault.met == fault.at || (fault.for_ever && fault.met > fault.at) ? -fault.number
										 : 0;
}

/* Takes bytes from the small disk. */
static inline int fault_disk_take(uint64_t n)
{
	if (!fault_disk_small)
		return 0;
	if (n > fault_disk_free)
		return -ENOSPC;
	fault_disk_free -= n;
	return 0;
}

static inline int fault_make_dir(int fd, const char *name)
{
	int r = fault_of(FAULT_MAKE_DIR);

	return r ? r : store_ops_volatile.make_dir(fd, name);
}

static inline int fault_open(int fd, mode_t mode)
{
	int r = fault_of(FAULT_OPEN);

	return r ? r : store_ops_volatile.open_unnamed(fd, mode);
}

static inline int fault_reserve(int fd, uint64_t size)
{
	int r = fault_of(FAULT_RESERVE);

	(void)fd;
	return r ? r : fault_disk_small && size > fault_disk_free ? -ENOSPC : 0;
}

/* Short writes, too: a part is written before the disk is full. */
static inline ssize_t fault_write(int fd, const void *p, size_t n)
{
	int r = fault_of(FAULT_WRITE);

	if (r == 0 && fault_disk_small && n > fault_disk_free && fault_disk_free > 0)
		n = (size_t)fault_disk_free;
	if (r == 0)
		r = fault_disk_take(n);
	return r ? r : store_ops_volatile.write(fd, p, n);
}

/* A hint: its failure is no failure. */
static inline void fault_write_back(int fd, uint64_t offset, uint64_t size)
{
	(void)fd;
	(void)offset;
	(void)size;
}

static inline int fault_sync(int fd)
{
	(void)fd;
	return fault_of(FAULT_SYNC);
}

static inline int fault_link(int fd, int dir_fd, const char *name)
{
	int r = fault_of(FAULT_LINK);

	return r ? r : store_ops_volatile.link(fd, dir_fd, name);
}

static inline int fault_rename(int dir_fd, const char *from, const char *to)
{
	int r = fault_of(FAULT_RENAME);

	return r ? r : store_ops_volatile.rename(dir_fd, from, to);
}

static inline int fault_unlink(int dir_fd, const char *name)
{
	int r = fault_of(FAULT_UNLINK);

	return r ? r : store_ops_volatile.unlink(dir_fd, name);
}

static inline int fault_mark(int fd, bool damaged)
{
	return store_ops_volatile.mark(fd, damaged); /* for fsck alone, which goes on without */
}

static inline int fault_lock(int dir_fd)
{
	int r = fault_of(FAULT_LOCK);

	return r ? r : store_ops_volatile.lock(dir_fd);
}

static inline int fault_free_space(int dir_fd, uint64_t *ret_bytes)
{
	int r = fault_of(FAULT_SPACE);

	if (r == 0)
		r = store_ops_volatile.free_space(dir_fd, ret_bytes);
	if (r == 0 && fault_disk_small)
		*ret_bytes = fault_disk_promised > fault_disk_free ? fault_disk_promised
								   : fault_disk_free;
	return r;
}

static const struct store_ops fault_ops = {
	.make_dir = fault_make_dir,
	.open_unnamed = fault_open,
	.reserve = fault_reserve,
	.write = fault_write,
	.write_back = fault_write_back,
	.sync = fault_sync,
	.link = fault_link,
	.rename = fault_rename,
	.unlink = fault_unlink,
	.mark = fault_mark,
	.lock = fault_lock,
	.free_space = fault_free_space,
};
