// SPDX-License-Identifier: Apache-2.0
/* What an entry of a layer carries beside its content. */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "images/layer_meta.h"

#define ACL_XATTR   "system.posix_acl_"
#define TIMES_FIRST 64

struct folder_time {
	char *path;
	struct timespec mtime;
};

static bool is_acl(const char *name)
{
	return strncmp(name, ACL_XATTR, strlen(ACL_XATTR)) == 0;
}

static bool xattr_is_kept(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strcmp(name, "security.capability") == 0 ||
	       is_acl(name);
}

/* Adds a's kept attributes to b; true where ACLs are among them. */
static bool xattrs_add(struct archive_entry *a, struct archive_entry *b)
{
	bool acls = false;
	const char *name;
	const void *value;
	size_t size;

	(void)archive_entry_xattr_reset(a); /* tells only how many there are */
	while (archive_entry_xattr_next(a, &name, &value, &size) == ARCHIVE_OK)
		if (xattr_is_kept(name)) {
			archive_entry_xattr_add_entry(b, name, value, size);
			acls = acls || is_acl(name);
		}
	return acls;
}

void layer_meta_filter(struct archive_entry *e)
{
	struct archive_entry *kept;

	if (archive_entry_xattr_count(e) == 0)
		return;
	kept = archive_entry_new();
	/* The same ACLs as text would have names in them, which may mean nothing yet. */
	if (xattrs_add(e, kept))
		archive_entry_acl_clear(e);
	archive_entry_xattr_clear(e);
	(void)xattrs_add(kept, e);
	archive_entry_free(kept);
}

int layer_meta_set_acls(struct archive_entry *e, const char *path, struct error *err)
{
	const char *name;
	const void *value;
	size_t size;

	if (archive_entry_xattr_count(e) == 0)
		return 0;
	(void)archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK)
		if (is_acl(name) && lsetxattr(path, name, value, size, 0) < 0)
			return fail_code(err, errno, "SW-3011", "setting the ACL of '%s': %s", path,
				strerror(errno));
	return 0;
}

static la_int64_t find_user(void *data, const char *name, la_int64_t id)
{
	auto_file FILE *f = id >= 0 || !name ? NULL : fopen("/etc/passwd", "re");
	struct passwd *p;

	(void)data;
	while (f && (p = fgetpwent(f)))
		if (strcmp(p->pw_name, name) == 0)
			return p->pw_uid;
	return id;
}

static la_int64_t find_group(void *data, const char *name, la_int64_t id)
{
	auto_file FILE *f = id >= 0 || !name ? NULL : fopen("/etc/group", "re");
	struct group *g;

	(void)data;
	while (f && (g = fgetgrent(f)))
		if (strcmp(g->gr_name, name) == 0)
			return g->gr_gid;
	return id;
}

void layer_meta_use_own_names(struct archive *disk)
{
	/* These only store the pointers. */
	(void)archive_write_disk_set_user_lookup(disk, NULL, find_user, NULL);
	(void)archive_write_disk_set_group_lookup(disk, NULL, find_group, NULL);
}

int folder_times_add(
	struct folder_times *t, const char *path, struct archive_entry *e, struct error *err)
{
	struct folder_time *items = t->items;

	if (!archive_entry_mtime_is_set(e))
		return 0;
	if (t->n == t->size) {
		t->size = t->size ? 2 * t->size : TIMES_FIRST;
		items = reallocarray(t->items, t->size, sizeof(*items));
		if (!items)
			return fail_memory(err);
		t->items = items;
	}
	items[t->n].path = strdup(path);
	if (!items[t->n].path)
		return fail_memory(err);
	items[t->n++].mtime = (struct timespec){
		.tv_sec = archive_entry_mtime(e),
		.tv_nsec = archive_entry_mtime_nsec(e),
	};
	return 0;
}

int folder_times_set(const struct folder_times *t, struct error *err)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, t->items[i].mtime };

		/* One that is gone or no folder any more was replaced by a later entry. */
		if (utimensat(AT_FDCWD, t->items[i].path, times, AT_SYMLINK_NOFOLLOW) < 0 &&
			errno != ENOENT && errno != ENOTDIR)
			return fail(err, errno, "setting the time of '%s'", t->items[i].path);
	}
	return 0;
}

void folder_times_done(struct folder_times *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->items[i].path);
	free(t->items);
	*t = (struct folder_times){ 0 };
}
