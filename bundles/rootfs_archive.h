// SPDX-License-Identifier: Apache-2.0
/* A root file system's tar archive (plain, gzip, xz or zstd) through libarchive, in UTF-8. */
#pragma once

#include <locale.h>

#include "base/error.h"

struct archive;
struct archive_entry;

/* libarchive takes names as the thread's locale has them: here that is UTF-8, for as long as one of
 * these lives. */
struct utf8_scope {
	locale_t utf8;
	locale_t before;
};
int utf8_enter(struct utf8_scope *u, struct error *err);
void utf8_leave(struct utf8_scope *u);
#define auto_utf8 __attribute__((cleanup(utf8_leave))) struct utf8_scope

struct rootfs_archive {
	struct archive *archive;
};

int rootfs_archive_open(struct rootfs_archive *a, const char *path, struct error *err);
/* 0: an entry; 1: the end. */
int rootfs_archive_next(struct rootfs_archive *a, struct archive_entry **ret, struct error *err);
void rootfs_archive_close(struct rootfs_archive *a);

/* Raises libarchive's error. */
int rootfs_archive_fail(struct archive *a, struct error *err);
