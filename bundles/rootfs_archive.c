// SPDX-License-Identifier: Apache-2.0
/* Opening and stepping through a root file system's archive. */
#include "bundles/rootfs_archive.h"

#include <archive.h>
#include <archive_entry.h>

#define READ_SIZE (1u << 20)

int rootfs_archive_fail(struct archive *a, struct error *err)
{
	const char *text = archive_error_string(a);

	return fail_code(err, EIO, NULL, "%s", text ? text : "the archive is unreadable");
}

int utf8_enter(struct utf8_scope *u, struct error *err)
{
	u->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	if (!u->utf8)
		return fail(err, errno, "C.UTF-8");
	u->before = uselocale(u->utf8);
	return 0;
}

void utf8_leave(struct utf8_scope *u)
{
	if (!u->utf8)
		return;
	(void)uselocale(u->before); /* it was the thread's */
	freelocale(u->utf8);
}

int rootfs_archive_open(struct rootfs_archive *a, const char *path, struct error *err)
{
	*a = (struct rootfs_archive){ .archive = archive_read_new() };
	if (!a->archive)
		return fail_memory(err);
	if (archive_read_support_format_tar(a->archive) != ARCHIVE_OK ||
		archive_read_support_filter_gzip(a->archive) != ARCHIVE_OK ||
		archive_read_support_filter_xz(a->archive) != ARCHIVE_OK ||
		archive_read_support_filter_zstd(a->archive) != ARCHIVE_OK ||
		archive_read_open_filename(a->archive, path, READ_SIZE) != ARCHIVE_OK)
		return rootfs_archive_fail(a->archive, err);
	return 0;
}

int rootfs_archive_next(struct rootfs_archive *a, struct archive_entry **ret, struct error *err)
{
	int r = archive_read_next_header(a->archive, ret);

	if (r == ARCHIVE_EOF)
		return 1;
	if (r != ARCHIVE_OK)
		return rootfs_archive_fail(a->archive, err);
	if (!archive_entry_pathname(*ret))
		return fail_code(err, EINVAL, NULL, "a path in it is no UTF-8");
	return 0;
}

void rootfs_archive_close(struct rootfs_archive *a)
{
	(void)archive_read_free(a->archive); /* it was only read */
	*a = (struct rootfs_archive){ 0 };
}
