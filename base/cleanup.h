// SPDX-License-Identifier: Apache-2.0
/*
 * Ownership at the declaration: `auto_free char *s = NULL;` is freed when its scope ends.
 * Handing over is visible: `return take_fd(&fd);`, `*ret = take_ptr(&s);`.
 */
#pragma once

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* what must be durable is fsynced and checked before */
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		(void)fclose(*f); /* writers check fflush themselves */
}

static inline void cleanup_dir(DIR **d)
{
	if (*d)
		(void)closedir(*d); /* nothing to lose on a folder that was read */
}

static inline void cleanup_json(json_t **j)
{
	json_decref(*j);
}

#define auto_free  __attribute__((cleanup(cleanup_free)))
#define auto_close __attribute__((cleanup(cleanup_close)))
#define auto_file  __attribute__((cleanup(cleanup_file)))
#define auto_dir   __attribute__((cleanup(cleanup_dir)))
#define auto_json  __attribute__((cleanup(cleanup_json)))

static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#define take_ptr(p)                           \
	({                                    \
		__typeof__(*(p)) taken_ = *(p); \
		*(p) = NULL;                  \
		taken_;                       \
	})
