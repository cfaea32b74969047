// SPDX-License-Identifier: Apache-2.0
/* Unpacks one OCI layer. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/ed25519.h"
#include "images/layer.h"
#include "images/layer_lower.h"
#include "images/layer_meta.h"
#include "images/layer_name.h"
#include "images/path_set.h"

#define READ_SIZE (256u << 10)

/* Symbolic links of lower layers are followed on the way to an entry (a merged /usr has /lib as a
 * link), so SECURE_SYMLINKS is not among these: what keeps links in is the child's root. */
#define WRITE_FLAGS                                                                                \
	(ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |                     \
		ARCHIVE_EXTRACT_ACL | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_SECURE_NODOTDOT |    \
		ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS)

struct layer {
	struct archive *in;
	struct archive *out;
	struct path_set made;
	struct folder_times times;
	bool has_lower;
};

static int fail_read(struct layer *l, struct error *err)
{
	return fail_code(
		err, EBADMSG, "SW-3011", "reading the layer: %s", archive_error_string(l->in));
}

static int fail_write(struct layer *l, const char *path, struct error *err)
{
	int number = archive_errno(l->out);

	if (number == ENOSPC || number == EDQUOT)
		return fail_code(err, ENOSPC, "SW-3013", "the disk is full at '%s'", path);
	return fail_code(err, number > 0 ? number : EIO, "SW-3011", "making '%s': %s", path,
		archive_error_string(l->out));
}

/* Takes away what stands where a new entry goes, unless both are folders: then the one that is
 * there stays, and has its time set at the end. */
static int entry_make_room(
	struct layer *l, struct archive_entry *e, const char *path, struct error *err)
{
	bool is_folder = archive_entry_filetype(e) == AE_IFDIR;
	const char *name = *path ? path : ".";
	struct stat st;

	if (!is_folder && !l->has_lower && !path_set_has(&l->made, path))
		return 0;
	if (fstatat(AT_FDCWD, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* nothing there, or the entry's own making tells why not */
	if (S_ISDIR(st.st_mode) && is_folder)
		return folder_times_add(&l->times, name, e, err);
	return layer_lower_remove(path, NULL, err);
}

static int data_copy(struct layer *l, const char *path, struct error *err)
{
	const void *p;
	size_t n;
	la_int64_t at;
	int r;

	while ((r = archive_read_data_block(l->in, &p, &n, &at)) == ARCHIVE_OK)
		if (archive_write_data_block(l->out, p, n, at) < ARCHIVE_OK)
			return fail_write(l, path, err);
	return r == ARCHIVE_EOF ? 0 : fail_read(l, err);
}

static int entry_make(struct layer *l, struct archive_entry *e, const char *path, struct error *err)
{
	const char *link = archive_entry_hardlink(e);
	char to[LAYER_PATH_MAX];
	enum layer_name_kind kind;
	int r;

	if (link) {
		if ((r = layer_name_read(link, to, &kind, err)) < 0)
			return r;
		archive_entry_set_hardlink(e, to);
	}
	if ((r = entry_make_room(l, e, path, err)) < 0)
		return r;
	archive_entry_set_pathname(e, *path ? path : ".");
	layer_meta_filter(e);
	if (archive_write_header(l->out, e) < ARCHIVE_OK)
		return fail_write(l, path, err);
	if (archive_entry_size(e) > 0 && (r = data_copy(l, path, err)) < 0)
		return r;
	if (archive_write_finish_entry(l->out) < ARCHIVE_OK)
		return fail_write(l, path, err);
	if ((r = layer_meta_set_acls(e, path, err)) < 0)
		return r;
	return path_set_add(&l->made, path, err);
}

static int entry_unpack(struct layer *l, struct archive_entry *e, struct error *err)
{
	const char *name = archive_entry_pathname(e);
	char path[LAYER_PATH_MAX];
	enum layer_name_kind kind;
	int r;

	if (!name)
		return fail_code(err, EBADMSG, "SW-3011", "an entry without a name");
	if ((r = layer_name_read(name, path, &kind, err)) < 0)
		return r;
	switch (kind) {
	case LAYER_NAME_ENTRY:
		return entry_make(l, e, path, err);
	case LAYER_NAME_WHITEOUT:
		return l->has_lower ? layer_lower_remove(path, &l->made, err) : 0;
	case LAYER_NAME_OPAQUE:
		return l->has_lower ? layer_lower_empty(path, &l->made, err) : 0;
	case LAYER_NAME_IGNORED:
		return 0;
	}
	return 0;
}

static int entries_unpack(struct layer *l, struct error *err)
{
	struct archive_entry *e;
	int r;

	while ((r = archive_read_next_header(l->in, &e)) != ARCHIVE_EOF) {
		/* A warning is about a name's character set; the name's own bytes are used. */
		if (r < ARCHIVE_WARN)
			return fail_read(l, err);
		if ((r = entry_unpack(l, e, err)) < 0)
			return r;
	}
	/* Folders get their times and modes now that nothing more is put into them. */
	if (archive_write_close(l->out) < ARCHIVE_OK)
		return fail_write(l, "a folder", err);
	return folder_times_set(&l->times, err);
}

/* What follows the archive's end is read so that the writer can finish. */
static int rest_read(int fd, struct error *err)
{
	auto_free uint8_t *p = malloc(READ_SIZE);
	ssize_t n;

	if (!p)
		return fail_memory(err);
	while ((n = read(fd, p, READ_SIZE)) > 0 || (n < 0 && errno == EINTR))
		continue;
	return n < 0 ? fail(err, errno, "reading the layer") : 0;
}

static int reader_open(struct layer *l, int fd, struct error *err)
{
	if (archive_read_support_format_tar(l->in) < ARCHIVE_WARN ||
		archive_read_support_filter_gzip(l->in) < ARCHIVE_WARN ||
		archive_read_support_filter_zstd(l->in) < ARCHIVE_WARN ||
		archive_write_disk_set_options(l->out, WRITE_FLAGS) < ARCHIVE_OK)
		return fail(err, ENOTSUP, "preparing libarchive");
	layer_meta_use_own_names(l->out);
	if (archive_read_open_fd(l->in, fd, READ_SIZE) < ARCHIVE_OK)
		return fail_read(l, err);
	return 0;
}

int layer_unpack(int fd, bool has_lower, struct error *err)
{
	struct layer l = {
		.in = archive_read_new(),
		.out = archive_write_disk_new(),
		.has_lower = has_lower,
	};
	int r;

	if (!l.in || !l.out)
		r = fail_memory(err);
	else if ((r = random_bytes(&l.made.seed, sizeof(l.made.seed), err)) == 0 &&
		 (r = reader_open(&l, fd, err)) == 0 && (r = entries_unpack(&l, err)) == 0)
		r = rest_read(fd, err);
	path_set_done(&l.made);
	folder_times_done(&l.times);
	(void)archive_write_free(l.out); /* closed and checked above where it counts */
	(void)archive_read_free(l.in);
	return r;
}
