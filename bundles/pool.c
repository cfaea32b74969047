// SPDX-License-Identifier: Apache-2.0
/* Archives and layout folders as blobs. */
#include "bundles/pool.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/blob_put.h"
#include "bundles/rootfs_archive.h"
#include "bundles/tree.h"

#define LINKS_MAX     8 /* followed from one name */
#define NAME_MAX_POOL 1024
#define BLOBS_PREFIX  "blobs/sha256/"

static int member_set(struct pool *p, const char *name, const char *value, struct error *err)
{
	if (json_object_size(p->members) >= POOL_MEMBERS_MAX)
		return fail_code(
			err, E2BIG, "SW-6007", "it has more than %d files", POOL_MEMBERS_MAX);
	if (json_object_get(p->members, name))
		return fail_code(err, EINVAL, "SW-6007", "'%.200s' is in it twice", name);
	return json_object_set_new(p->members, name, json_string(value)) < 0 ? fail_memory(err) : 0;
}

/* A small archive may unpack to a large one: it is asked for before a file's first byte. */
static int room_check(struct pool *p, const char *name, int64_t size, struct error *err)
{
	char need_text[SIZE_TEXT_MAX];
	char room_text[SIZE_TEXT_MAX];
	uint64_t need = size < 0 ? 0 : (uint64_t)size;
	uint64_t room;
	int r = store_free_space(p->store, &room, err);

	if (r < 0 || (room >= STORE_ROOM_SPARE && room - STORE_ROOM_SPARE >= need))
		return r;
	(void)fail_code(err, ENOSPC, "SW-2011",
		"not enough room: '%.200s' in it has %s, %s are free", name,
		size_format(need, need_text), size_format(room, room_text));
	return fail_hint(err, "Free %s: slipway store gc --dry-run",
		size_format(need + STORE_ROOM_SPARE - room, need_text));
}

/* The digest that a layout's blob is named by; NULL where the name is no blob's. */
static const struct digest *name_digest(const char *name, struct digest *out)
{
	struct error ignored = { 0 };

	if (strncmp(name, BLOBS_PREFIX, strlen(BLOBS_PREFIX)) != 0 ||
		digest_parse_hex(name + strlen(BLOBS_PREFIX), out, &ignored) < 0)
		return NULL;
	return out;
}

/* Streams a file of the archive into the store. */
static int file_take(struct pool *p, struct archive *a, const char *name, struct error *err)
{
	auto_store_writer w = { 0 };
	struct digest digest;
	struct digest named;
	char text[DIGEST_TEXT_MAX];
	int r = store_writer_start(&w, p->store, 0, err);

	while (r == 0) {
		const void *block;
		size_t n;
		int64_t offset;
		int got = archive_read_data_block(a, &block, &n, &offset);

		if (got == ARCHIVE_EOF)
			break;
		if (got != ARCHIVE_OK)
			return rootfs_archive_fail(a, err);
		if ((uint64_t)offset != w.written)
			return fail_code(err, EINVAL, "SW-6007", "'%.200s' in it is sparse", name);
		r = store_writer_add(&w, block, n, err);
	}
	if (r == 0)
		r = store_writer_commit(&w, name_digest(name, &named), &digest, err);
	return r < 0 ? r : member_set(p, name, digest_format(&digest, text), err);
}

/* Where a link leads, as a path of the archive: "a/b" with "../c/d" is "c/d". */
static bool link_resolve(const char *name, const char *target, char out[static NAME_MAX_POOL])
{
	const char *slash = strrchr(name, '/');
	size_t n = slash ? (size_t)(slash - name) : 0;

	if (*target == '/' || n >= NAME_MAX_POOL)
		return false;
	memcpy(out, name, n);
	out[n] = '\0';
	for (; strncmp(target, "../", 3) == 0; target += 3) {
		char *up = strrchr(out, '/');

		if (!*out)
			return false;
		*(up ? up : out) = '\0';
	}
	n = strlen(out);
	return snprintf(out + n, NAME_MAX_POOL - n, "%s%s", n ? "/" : "", target) <
	       (int)(NAME_MAX_POOL - n);
}

static int link_take(
	struct pool *p, const char *name, const char *target, bool hard, struct error *err)
{
	char path[NAME_MAX_POOL];
	char value[NAME_MAX_POOL + 1];

	if (hard ? snprintf(path, sizeof(path), "%s", target) >= (int)sizeof(path)
		 : !link_resolve(name, target, path))
		return 0; /* nothing that an image's list could mean */
	(void)snprintf(value, sizeof(value), "@%s", path);
	return member_set(p, name, value, err);
}

static int entry_take(struct pool *p, struct archive *a, struct archive_entry *e, struct error *err)
{
	auto_free char *path = strdup(archive_entry_pathname(e));
	const char *hard = archive_entry_hardlink(e);
	const char *name = path ? tree_tidy(path) : NULL;

	if (!name)
		return fail_memory(err);
	if (strlen(name) >= NAME_MAX_POOL)
		return fail_code(err, EINVAL, "SW-6007", "a name in it is too long");
	if (hard || archive_entry_filetype(e) == AE_IFLNK)
		return link_take(p, name, hard ? hard : archive_entry_symlink(e), hard, err);
	if (archive_entry_filetype(e) != AE_IFREG)
		return 0;
	return room_check(p, name, archive_entry_size(e), err) < 0 ? err->number
								   : file_take(p, a, name, err);
}

static int archive_take(struct pool *p, const char *path, struct error *err)
{
	struct rootfs_archive in = { 0 };
	struct archive_entry *e;
	auto_utf8 utf8 = { 0 };
	int r = utf8_enter(&utf8, err);

	p->members = json_object();
	if (r == 0)
		r = p->members ? rootfs_archive_open(&in, path, err) : fail_memory(err);
	while (r == 0) {
		r = rootfs_archive_next(&in, &e, err);
		if (r != 0)
			break;
		r = entry_take(p, in.archive, e, err);
	}
	rootfs_archive_close(&in);
	return r < 0 ? r : 0;
}

int pool_open(struct pool *p, struct store *s, const char *path, struct error *err)
{
	struct stat st;
	int r = 0;

	*p = (struct pool){ .store = s, .dir_fd = -1 };
	if (stat(path, &st) < 0)
		return fail(err, errno, "'%s'", path);
	if (S_ISDIR(st.st_mode)) {
		p->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = p->dir_fd < 0 ? fail(err, errno, "opening '%s'", path) : 0;
	} else if (archive_take(p, path, err) < 0) {
		r = fail_in(err, "reading '%s'", path);
	}
	if (r < 0)
		pool_close(p);
	return r;
}

void pool_close(struct pool *p)
{
	if (p->dir_fd >= 0)
		(void)close(p->dir_fd); /* it was only read */
	json_decref(p->members);
	*p = (struct pool){ .dir_fd = -1 };
}

int pool_find(const struct pool *p, const char *name, struct digest *ret, uint64_t *ret_size,
	struct error *err)
{
	const char *value = json_str(p->members, name, NULL);

	for (int i = 0; value && *value == '@' && i < LINKS_MAX; i++)
		value = json_str(p->members, value + 1, NULL);
	if (!value || *value == '@')
		return fail_code(err, ENOENT, "SW-6007", "there is no file '%.200s' in it", name);
	if (digest_parse(value, ret, err) < 0)
		return err->number;
	return store_has_blob(p->store, ret, ret_size)
		       ? 0
		       : fail_code(err, ENOENT, NULL, "the blob %s is gone", value);
}

static int blob_read(
	struct pool *p, const struct digest *d, size_t max, struct buf *ret, struct error *err)
{
	auto_close int fd = -1;
	auto_free char *text = NULL;
	uint64_t size;
	size_t n = 0;
	int r = store_open_blob(p->store, d, &fd, &size, err);

	if (r < 0)
		return r;
	if (size > max)
		return fail(err, EFBIG, "%llu bytes", (unsigned long long)size);
	text = malloc(size + 1);
	if (!text)
		return fail_memory(err);
	r = read_full(fd, text, size, &n, err);
	buf_add(ret, text, n);
	return r < 0 ? r : buf_check(ret, "a file of it", err);
}

int pool_read(struct pool *p, const char *name, size_t max, struct buf *ret, struct error *err)
{
	struct digest digest;
	struct stat st;
	uint64_t size;
	int r;

	if (p->dir_fd >= 0 && fstatat(p->dir_fd, name, &st, 0) == 0 && !S_ISREG(st.st_mode))
		return fail_code(err, EINVAL, "SW-6007", "'%s' in it is no file", name);
	if (p->dir_fd >= 0)
		return file_read_at(p->dir_fd, name, max, ret, err);
	r = pool_find(p, name, &digest, &size, err);
	if (r == 0 && blob_read(p, &digest, max, ret, err) < 0)
		r = fail_in(err, "'%s'", name);
	return r;
}

static int folder_need(struct pool *p, const struct oci_descriptor *d, struct error *err)
{
	char hex[DIGEST_TEXT_MAX];
	char name[DIGEST_TEXT_MAX + 16];
	auto_close int fd = -1;
	struct stat st;
	uint64_t size;

	(void)snprintf(name, sizeof(name), BLOBS_PREFIX "%s", digest_hex(&d->digest, hex));
	fd = openat(p->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail_code(err, ENOENT, "SW-6007", "there is no blob sha256:%s in it", hex);
	if (room_check(p, name, st.st_size, err) < 0)
		return err->number;
	return blob_put_fd(p->store, fd, &d->digest, NULL, &size, err);
}

int pool_need(struct pool *p, const struct oci_descriptor *d, struct error *err)
{
	char text[DIGEST_TEXT_MAX];
	uint64_t size;
	int r = 0;

	if (!store_has_blob(p->store, &d->digest, NULL) && p->dir_fd >= 0)
		r = folder_need(p, d, err);
	if (r < 0)
		return r;
	if (!store_has_blob(p->store, &d->digest, &size))
		return fail_code(err, ENOENT, "SW-6007", "there is no blob %s in it",
			digest_format(&d->digest, text));
	return size == d->size ? 0
			       : fail_code(err, EBADMSG, "SW-6007",
					 "blob %s has not the size it is said to have",
					 digest_format(&d->digest, text));
}

static int need_step(struct pool *p, const struct oci_descriptor *d, int depth, struct error *err)
{
	auto_document doc = { 0 };
	int r = pool_need(p, d, err);

	if (r < 0 || !oci_type_is_document(d->media_type))
		return r;
	if (depth >= OCI_NESTING_MAX)
		return fail_code(err, ELOOP, "SW-6007", "indexes in it are nested too deeply");
	r = store_read_document(p->store, &d->digest, &doc, err);
	if (r == 0 && doc.kind == OCI_KIND_MANIFEST)
		r = pool_need(p, &doc.config, err);
	for (size_t i = 0; r == 0 && i < doc.count; i++)
		r = need_step(p, &doc.items[i], depth + 1, err);
	return r;
}

int pool_need_all(struct pool *p, const struct oci_descriptor *d, struct error *err)
{
	return need_step(p, d, 0, err);
}
