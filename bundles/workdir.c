// SPDX-License-Identifier: Apache-2.0
/* Folders beside an output. */
#include "bundles/workdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define RANDOM_SIZE 6 /* characters that mkdtemp(3) replaces */

static int locked_open(const char *path)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return take_fd(&fd);
	return -1;
}

static bool is_ours(const char *name, const char *base)
{
	size_t n = strlen(base);

	return name[0] == '.' && strncmp(name + 1, base, n) == 0 && name[1 + n] == '.' &&
	       strlen(name + 2 + n) == RANDOM_SIZE;
}

/* What cannot be read or removed stays: this is tidying, not a condition. */
static void sweep(const char *folder, const char *base)
{
	auto_dir DIR *dir = opendir(folder);
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct error ignored = { 0 };
		char path[PATH_MAX];
		auto_close int fd = -1;

		if (!is_ours(e->d_name, base) || snprintf(path, sizeof(path), "%s/%s", folder,
							 e->d_name) >= (int)sizeof(path))
			continue;
		fd = locked_open(path);
		if (fd >= 0)
			(void)remove_tree(path, &ignored);
	}
}

int workdir_make(struct workdir *w, const char *output, struct error *err)
{
	auto_free char *given = strdup(output);
	const char *base = strrchr(output, '/') ? strrchr(output, '/') + 1 : output;
	auto_free char *folder = NULL;
	int n;

	if (!given)
		return fail_memory(err);
	given[base - output] = '\0';
	folder = realpath(*given ? given : ".", NULL);
	if (!folder)
		return fail(err, errno, "the folder of '%s'", output);
	sweep(folder, base);
	n = snprintf(w->path, sizeof(w->path), "%s/.%s.XXXXXX", folder, base);
	if (!*base || n < 0 || n >= (int)sizeof(w->path) - 64)
		return fail(err, EINVAL, "the output '%s'", output);
	if (!mkdtemp(w->path))
		return fail(err, errno, "making a folder beside '%s'", output);
	w->fd = locked_open(w->path);
	return w->fd < 0 ? fail(err, errno, "locking '%s'", w->path) : 0;
}

void workdir_remove(struct workdir *w)
{
	struct error ignored = { 0 };

	if (w->fd < 0)
		return;
	(void)remove_tree(w->path, &ignored); /* it lies beside the output, where it is seen */
	(void)close(w->fd);                   /* read only; gives the lock back */
	w->fd = -1;
}
