// SPDX-License-Identifier: Apache-2.0
/* What an entry of a layer carries beside its content: extended attributes, ACLs, folders' times.
 */
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <stddef.h>
#include <time.h>

#include "base/error.h"

/* Leaves only the extended attributes that are kept (see images/layer.h). */
void layer_meta_filter(struct archive_entry *e);

/* Sets ACLs that come as extended attributes (system.posix_acl_*), which libarchive passes over. */
int layer_meta_set_acls(struct archive_entry *e, const char *path, struct error *err);

/* Has names in ACLs looked up in the new root's own /etc/passwd and /etc/group; owners are numbers.
 */
void layer_meta_use_own_names(struct archive *disk);

/* Times of folders that were there already, to be set when nothing more is put into them. */
struct folder_times {
	struct folder_time *items;
	size_t n, size;
};

int folder_times_add(
	struct folder_times *t, const char *path, struct archive_entry *e, struct error *err);
int folder_times_set(const struct folder_times *t, struct error *err);
void folder_times_done(struct folder_times *t);
