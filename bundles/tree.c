// SPDX-License-Identifier: Apache-2.0
/* Reading a root file system's archive for its links, folders and units. */
#include "bundles/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/dpkg_status.h"
#include "bundles/rootfs_archive.h"

#define UNIT_MAX  65536 /* bytes of a unit file */
#define LINKS_MAX 40    /* followed in one path, as the kernel does */

const char *tree_tidy(char *path)
{
	size_t n;

	while (path[0] == '.' && path[1] == '/')
		path += 2;
	while (*path == '/')
		path++;
	n = strlen(path);
	while (n > 0 && path[n - 1] == '/')
		path[--n] = '\0';
	return strcmp(path, ".") == 0 ? "" : path;
}

/* The name of a unit where the path is that of one, else NULL. */
static const char *unit_name(const char *path)
{
	static const char *const folders[] = { "etc/systemd/system/", "usr/lib/systemd/system/",
		"lib/systemd/system/" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t n = strlen(folders[i]);

		if (strncmp(path, folders[i], n) == 0 && !strchr(path + n, '/'))
			return path + n;
	}
	return NULL;
}

static int unit_read(
	struct tree *t, struct archive *a, const char *path, const char *name, struct error *err)
{
	auto_free char *text = calloc(1, UNIT_MAX);
	ssize_t n = text ? archive_read_data(a, text, UNIT_MAX - 1) : 0;

	if (!text)
		return fail_memory(err);
	if (n < 0)
		return rootfs_archive_fail(a, err);
	if (json_object_set_new(t->units, name,
		    json_pack("{s:s, s:s%}", "path", path, "text", text, (size_t)n)) < 0)
		return 0; /* bytes that are no UTF-8: no unit that could be enabled */
	return 0;
}

/* A text of its packages. One that is no UTF-8, or too large, tells nothing. */
static int text_read(struct tree *t, struct archive *a, struct archive_entry *e, const char *path,
	struct error *err)
{
	int64_t size = archive_entry_size(e);
	auto_free char *text = NULL;
	ssize_t n;

	if (size < 0 || size > DPKG_STATUS_MAX)
		return 0;
	text = malloc((size_t)size + 1);
	n = text ? archive_read_data(a, text, (size_t)size) : 0;
	if (!text)
		return fail_memory(err);
	if (n < 0)
		return rootfs_archive_fail(a, err);
	(void)json_object_set_new(t->texts, path, json_stringn(text, (size_t)n));
	return 0;
}

static bool is_text(const char *path)
{
	return strcmp(path, DPKG_STATUS_FILE) == 0 || strcmp(path, "etc/os-release") == 0 ||
	       strcmp(path, "usr/lib/os-release") == 0;
}

static int entry_note(struct tree *t, struct archive *a, struct archive_entry *e, struct error *err)
{
	const char *path = tree_tidy((char *)archive_entry_pathname(e));
	const char *unit = unit_name(path);
	int r = 0;

	if (archive_entry_filetype(e) == AE_IFLNK)
		r = json_object_set_new(t->links, path, json_string(archive_entry_symlink(e)));
	else if (archive_entry_filetype(e) == AE_IFDIR)
		r = json_object_set_new(t->folders, path, json_true());
	if (r < 0)
		return fail_code(err, EINVAL, NULL, "a path in it is no UTF-8");
	if (is_text(path) && archive_entry_filetype(e) == AE_IFREG && !archive_entry_hardlink(e))
		return text_read(t, a, e, path, err);
	if (unit && archive_entry_filetype(e) == AE_IFREG && !archive_entry_hardlink(e))
		return unit_read(t, a, path, unit, err);
	return 0;
}

int tree_scan(const char *tar, struct tree *ret, struct error *err)
{
	struct tree t = { json_object(), json_object(), json_object(), json_object() };
	struct rootfs_archive in = { 0 };
	auto_utf8 utf8 = { 0 };
	struct archive_entry *e;
	int r = utf8_enter(&utf8, err);

	if (r == 0)
		r = rootfs_archive_open(&in, tar, err);
	while (r == 0) {
		r = rootfs_archive_next(&in, &e, err);
		if (r != 0)
			break;
		r = entry_note(&t, in.archive, e, err);
	}
	rootfs_archive_close(&in);
	if (r < 0) {
		tree_done(&t);
		return fail_in(err, "reading '%s'", tar);
	}
	*ret = t;
	return 0;
}

void tree_done(struct tree *t)
{
	json_decref(t->links);
	json_decref(t->folders);
	json_decref(t->units);
	json_decref(t->texts);
	*t = (struct tree){ 0 };
}

/* The first folder of the path that is a link: its length, and where the link leads. */
static const char *link_find(const struct tree *t, const char *path, size_t *ret_n)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		char prefix[PATH_MAX];
		const char *target;

		(void)snprintf(prefix, sizeof(prefix), "%.*s", (int)(p - path), path);
		target = json_str(t->links, prefix, NULL);
		if (target) {
			*ret_n = (size_t)(p - path);
			return target;
		}
	}
	return NULL;
}

char *tree_resolve(const struct tree *t, const char *path)
{
	char *now = strdup(path);

	for (int i = 0; now && i < LINKS_MAX; i++) {
		size_t n = 0;
		const char *target = link_find(t, now, &n);
		char *next = NULL;
		size_t parent = n;

		if (!target)
			break;
		while (parent > 0 && now[parent - 1] != '/')
			parent--;
		if (*target == '/')
			parent = 0;
		if (strstr(target, "..") || asprintf(&next, "%.*s%s%s", (int)parent, now,
						    target + (*target == '/'), now + n) < 0)
			next = NULL; /* a link upwards is left alone */
		if (!next)
			break;
		free(now);
		now = next;
	}
	return now;
}
