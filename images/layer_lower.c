// SPDX-License-Identifier: Apache-2.0
/* What a layer takes away from the layers below it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "images/layer_lower.h"
#include "images/layer_name.h"

/* Walks with one path buffer for all depths; the kernel's limit on paths bounds the recursion. */
struct walk {
	const struct path_set *made;
	char path[LAYER_PATH_MAX];
	size_t len;
	struct error *err;
};

static int folder_empty(struct walk *w);

static bool is_made(const struct walk *w)
{
	return w->made && path_set_has(w->made, w->path);
}

/* Removes what w->path names; a folder with things of this layer in it stays. */
static int path_remove(struct walk *w)
{
	int r;

	if (unlinkat(AT_FDCWD, w->path, 0) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return fail(w->err, errno, "removing '%s' of a lower layer", w->path);
	if ((r = folder_empty(w)) < 0)
		return r;
	if (unlinkat(AT_FDCWD, w->path, AT_REMOVEDIR) == 0 || errno == ENOTEMPTY)
		return 0;
	return fail(w->err, errno, "removing folder '%s' of a lower layer", w->path);
}

static int child_remove(struct walk *w, const char *name)
{
	size_t len = w->len, n = strlen(name);
	int r = 0;

	if (n + 2 > sizeof(w->path) - len)
		return fail(w->err, ENAMETOOLONG, "below '%s'", w->path);
	w->len += (size_t)snprintf(
		w->path + len, sizeof(w->path) - len, "%s%s", len ? "/" : "", name);
	if (!is_made(w))
		r = path_remove(w);
	else
		r = folder_empty(w); /* no folder: nothing below */
	w->len = len;
	w->path[len] = '\0';
	return r;
}

static int folder_empty(struct walk *w)
{
	int fd = open(w->len ? w->path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (!dir) {
		r = fail(w->err, errno, "reading '%s' of a lower layer", w->path);
		if (fd >= 0)
			(void)close(fd); /* only read */
		return r;
	}
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			(r = child_remove(w, e->d_name)) < 0)
			return r;
	return 0;
}

static void walk_start(struct walk *w, const char *path)
{
	w->len = (size_t)snprintf(w->path, sizeof(w->path), "%s", path);
}

int layer_lower_remove(const char *path, const struct path_set *made, struct error *err)
{
	struct walk w = { .made = made, .err = err };

	walk_start(&w, path);
	return is_made(&w) ? folder_empty(&w) : path_remove(&w);
}

int layer_lower_empty(const char *path, const struct path_set *made, struct error *err)
{
	struct walk w = { .made = made, .err = err };

	walk_start(&w, path);
	return folder_empty(&w);
}
