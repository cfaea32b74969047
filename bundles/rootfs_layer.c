// SPDX-License-Identifier: Apache-2.0
/* Rewriting an archive as a layer, entry by entry. */
#include "bundles/rootfs_layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "bundles/rootfs_archive.h"
#include "bundles/rootfs_rules.h"
#include "bundles/sink.h"

#define LAYER_LEVEL 7 /* of zstd: an image is written once and read many times */
#define COPY_SIZE   (256u << 10)

struct job {
	struct store_writer writer;
	struct sink sink;
	struct digest_state diff;
	struct archive *out;
	const struct overlay *overlay;
	const struct tree *tree;
	json_t *dropped; /* paths that are not written, in case a hard link needs one */
	int64_t newest;
	bool host_keys;    /* some were left out */
	struct error *err; /* of the write callbacks, through libarchive */
};

static int blob_bytes(const void *p, size_t n, void *arg, struct error *err)
{
	struct job *job = arg;

	return store_writer_add(&job->writer, p, n, err);
}

static la_ssize_t tar_bytes(struct archive *a, void *arg, const void *p, size_t n)
{
	struct job *job = arg;
	int r = digest_update(&job->diff, p, n, job->err);

	if (r == 0)
		r = sink_add(&job->sink, p, n, job->err);
	if (r == 0)
		return (la_ssize_t)n;
	archive_set_error(a, -r, "%s", job->err->text);
	return -1;
}

static int out_fail(struct job *job)
{
	return job->err->number < 0 ? job->err->number : rootfs_archive_fail(job->out, job->err);
}

/* A time, an owner's name or an inode of this machine is nothing a layer should carry. */
static void entry_neutral(struct job *job, struct archive_entry *e)
{
	time_t mtime = archive_entry_mtime(e);

	archive_entry_set_mtime(e, mtime > job->newest ? job->newest : mtime, 0);
	archive_entry_unset_atime(e);
	archive_entry_unset_ctime(e);
	archive_entry_unset_birthtime(e);
	archive_entry_copy_uname(e, NULL);
	archive_entry_copy_gname(e, NULL);
	archive_entry_set_dev(e, 0);
	archive_entry_set_ino(e, 0);
}

static int bytes_write(struct job *job, const void *p, size_t n)
{
	return archive_write_data(job->out, p, n) == (la_ssize_t)n ? 0 : out_fail(job);
}

/* A hole of a sparse file, written out: its zeros compress to nothing. */
static int hole_write(struct job *job, int64_t n)
{
	static const uint8_t zeros[65536];
	int r = 0;

	for (; r == 0 && n > 0; n -= (int64_t)sizeof(zeros))
		r = bytes_write(job, zeros, n < (int64_t)sizeof(zeros) ? (size_t)n : sizeof(zeros));
	return r;
}

static int entry_data(struct job *job, struct archive *in, int64_t size)
{
	int64_t at = 0;

	for (;;) {
		const void *p;
		size_t n;
		int64_t offset;
		int r = archive_read_data_block(in, &p, &n, &offset);

		if (r == ARCHIVE_EOF)
			return hole_write(job, size - at);
		if (r != ARCHIVE_OK)
			return rootfs_archive_fail(in, job->err);
		r = hole_write(job, offset - at);
		if (r == 0)
			r = bytes_write(job, p, n);
		if (r < 0)
			return r;
		at = offset + (int64_t)n;
	}
}

static int entry_copy(struct job *job, struct archive *in, struct archive_entry *e)
{
	auto_free char *path = strdup(archive_entry_pathname(e));
	auto_free char *hard = strdup(archive_entry_hardlink(e) ? archive_entry_hardlink(e) : "");
	const char *name;

	if (!path || !hard)
		return fail_memory(job->err);
	name = tree_tidy(path);
	if (!*name)
		name = ".";
	job->host_keys |= rootfs_is_host_key(name);
	if (rootfs_is_left_out(name, archive_entry_filetype(e)) || overlay_find(job->overlay, name))
		return json_object_set_new(job->dropped, name, json_true()) < 0
			       ? fail_memory(job->err)
			       : 0;
	if (*hard && json_object_get(job->dropped, tree_tidy(hard)))
		return fail_code(job->err, EINVAL, NULL,
			"'%s' is a hard link to '%s', which is replaced", name, hard);
	archive_entry_copy_pathname(e, name);
	if (*hard)
		archive_entry_copy_hardlink(e, tree_tidy(hard));
	entry_neutral(job, e);
	if (archive_write_header(job->out, e) != ARCHIVE_OK)
		return out_fail(job);
	return archive_entry_size(e) > 0 && !*hard ? entry_data(job, in, archive_entry_size(e)) : 0;
}

static int base_copy(struct job *job, const char *tar)
{
	struct rootfs_archive in = { 0 };
	struct archive_entry *e;
	int r = rootfs_archive_open(&in, tar, job->err);

	while (r == 0) {
		r = rootfs_archive_next(&in, &e, job->err);
		if (r != 0)
			break;
		r = entry_copy(job, in.archive, e);
	}
	rootfs_archive_close(&in);
	return r < 0 ? fail_in(job->err, "rewriting '%s'", tar) : 0;
}

static void header_add(struct job *job, struct archive_entry *e, const char *path, mode_t type,
	uint32_t mode, uint64_t size)
{
	archive_entry_clear(e);
	archive_entry_copy_pathname(e, path);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, mode);
	archive_entry_set_size(e, (int64_t)size);
	archive_entry_set_mtime(e, job->newest, 0);
}

/* Folders that the additions need and the tree has not. */
static int parents_add(struct job *job, struct archive_entry *e, const char *path)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		char folder[PATH_MAX];

		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(p - path), path);
		if (json_object_get(job->tree->folders, folder))
			continue;
		header_add(job, e, folder, AE_IFDIR, 0755, 0);
		if (archive_write_header(job->out, e) != ARCHIVE_OK)
			return out_fail(job);
		if (json_object_set_new(job->tree->folders, folder, json_true()) < 0)
			return fail_memory(job->err);
	}
	return 0;
}

static int source_copy(struct job *job, struct archive_entry *e, const struct overlay_item *item)
{
	auto_close int fd = open(item->source, O_RDONLY | O_CLOEXEC);
	auto_free char *chunk = malloc(COPY_SIZE);
	struct stat st;
	ssize_t n;

	if (!chunk)
		return fail_memory(job->err);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(job->err, errno, "opening '%s'", item->source);
	if (!S_ISREG(st.st_mode))
		return fail_code(
			job->err, EINVAL, "SW-6002", "'%s' is no regular file", item->source);
	header_add(job, e, item->path, AE_IFREG, item->mode, (uint64_t)st.st_size);
	if (archive_write_header(job->out, e) != ARCHIVE_OK)
		return out_fail(job);
	while ((n = read(fd, chunk, COPY_SIZE)) > 0)
		if (archive_write_data(job->out, chunk, (size_t)n) != n)
			return out_fail(job);
	return n < 0 ? fail(job->err, errno, "reading '%s'", item->source) : 0;
}

static int item_write(struct job *job, struct archive_entry *e, const struct overlay_item *item)
{
	size_t n = item->content ? strlen(item->content) : 0;
	int r = parents_add(job, e, item->path);

	if (r < 0 || item->source)
		return r < 0 ? r : source_copy(job, e, item);
	if (item->target) {
		header_add(job, e, item->path, AE_IFLNK, 0777, 0);
		archive_entry_copy_symlink(e, item->target);
	} else {
		header_add(job, e, item->path, AE_IFREG, item->mode, n);
	}
	if (archive_write_header(job->out, e) != ARCHIVE_OK ||
		(n > 0 && archive_write_data(job->out, item->content, n) != (la_ssize_t)n))
		return out_fail(job);
	return 0;
}

/* An item of ours, where the recipe does not have its own. */
static int own_write(struct job *job, struct archive_entry *e, const struct overlay_item *item)
{
	return overlay_find(job->overlay, item->path) ? 0 : item_write(job, e, item);
}

/* What takes the place of what was left out, and the recipe's additions. */
static int additions_write(struct job *job)
{
	struct archive_entry *e = archive_entry_new();
	int r = e ? own_write(job, e, &rootfs_machine_id) : fail_memory(job->err);

	for (size_t i = 0; r == 0 && job->host_keys && i < ROOTFS_HOST_KEYS; i++)
		r = own_write(job, e, &rootfs_host_keys[i]);
	for (size_t i = 0; r == 0 && i < job->overlay->count; i++)
		r = item_write(job, e, &job->overlay->items[i]);
	archive_entry_free(e);
	return r;
}

static int out_open(struct job *job)
{
	job->out = archive_write_new();
	if (!job->out)
		return fail_memory(job->err);
	if (archive_write_set_format_pax_restricted(job->out) != ARCHIVE_OK ||
		archive_write_set_bytes_per_block(job->out, COPY_SIZE) != ARCHIVE_OK ||
		archive_write_set_bytes_in_last_block(job->out, 1) != ARCHIVE_OK ||
		archive_write_open(job->out, job, NULL, tar_bytes, NULL) != ARCHIVE_OK)
		return out_fail(job);
	return 0;
}

static int layer_steps(struct job *job, struct store *s, const char *tar, struct rootfs_layer *ret)
{
	struct error *err = job->err;
	int r = store_writer_start(&job->writer, s, 0, err);

	if (r == 0)
		r = sink_open(&job->sink, blob_bytes, job, LAYER_LEVEL, err);
	if (r == 0)
		r = digest_start(&job->diff, err);
	if (r == 0)
		r = out_open(job);
	if (r == 0)
		r = base_copy(job, tar);
	if (r == 0)
		r = additions_write(job);
	if (r == 0 && archive_write_close(job->out) != ARCHIVE_OK)
		r = out_fail(job);
	if (r == 0)
		r = sink_end(&job->sink, err);
	if (r == 0)
		r = digest_end(&job->diff, &ret->diff_id, err);
	ret->size = job->writer.written;
	return r < 0 ? r : store_writer_commit(&job->writer, NULL, &ret->digest, err);
}

int rootfs_layer_write(struct store *s, const char *tar, const struct tree *tree,
	const struct overlay *o, int64_t newest, struct rootfs_layer *ret, struct error *err)
{
	struct job job = {
		.overlay = o, .tree = tree, .newest = newest, .err = err, .dropped = json_object()
	};
	auto_utf8 utf8 = { 0 };
	int r = utf8_enter(&utf8, err);

	if (r == 0)
		r = layer_steps(&job, s, tar, ret);
	(void)archive_write_free(job.out); /* closed above, or given up */
	digest_stop(&job.diff);
	sink_close(&job.sink);
	store_writer_abort(&job.writer);
	json_decref(job.dropped);
	return r;
}
