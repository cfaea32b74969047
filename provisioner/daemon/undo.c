// SPDX-License-Identifier: Apache-2.0
/* Keeps what machines' disks held. */
#include "provisioner/daemon/undo.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/json.h"
#include "images/undo.h"

#define SUFFIX    ".undo"
#define PARTIAL   ".undo.part"
#define FILES_MAX 64

static const struct json_field header_fields[] = {
	{ "format", JSON_KIND_INTEGER, true, 1 },
	{ "disk", JSON_KIND_OBJECT, true, 0 },
	{ "whole", JSON_KIND_BOOL, true, 0 },
	{ "ranges", JSON_KIND_ARRAY, true, 0 },
	{ 0 },
};

static int folder_path(
	const char *state_dir, const char *machine, char out[static PATH_MAX], struct error *err)
{
	if (snprintf(out, PATH_MAX, "%s/undo/%s", state_dir, machine) >= PATH_MAX)
		return fail(err, ENAMETOOLONG, "the folder of what disks held");
	return 0;
}

static int folder_open(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fail(err, errno, "opening '%s'", path) : fd;
}

static const char *file_name(int64_t seq, const char *suffix, char out[static 48])
{
	(void)snprintf(out, 48, "%lld%s", (long long)seq, suffix);
	return out;
}

/* The numbers in a folder, newest first; how many. */
static size_t numbers_read(const char *folder, int64_t numbers[static FILES_MAX])
{
	auto_dir DIR *dir = opendir(folder);
	struct dirent *e;
	size_t n = 0;

	while (dir && n < FILES_MAX && (e = readdir(dir))) {
		char *end;
		int64_t number = strtoll(e->d_name, &end, 10);
		size_t at = n;

		if (end == e->d_name || strcmp(end, SUFFIX) != 0)
			continue;
		for (; at > 0 && numbers[at - 1] < number; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = number;
		n++;
	}
	return n;
}

static void old_remove(int dir, const char *folder)
{
	int64_t numbers[FILES_MAX];
	size_t n = numbers_read(folder, numbers);
	char name[48];

	for (size_t i = UNDO_KEEP; i < n; i++)
		(void)unlinkat(dir, file_name(numbers[i], SUFFIX, name), 0); /* tried again later */
}

static int refuse_piece(struct error *err, const char *why)
{
	return fail_code(err, EINVAL, "SW-5013", "a piece of what a disk held: %s", why);
}

static int piece_write(int fd, const struct undo_piece *piece, struct error *err)
{
	auto_free uint8_t *bytes = malloc(UNDO_PIECE_MAX);
	struct stat st;
	size_t n = 0;

	if (!bytes)
		return fail_memory(err);
	if (base64_parse(piece->data, piece->data_chars, bytes, UNDO_PIECE_MAX, &n, err) < 0)
		return refuse_piece(err, "it is no base64, or too long");
	if (fstat(fd, &st) < 0)
		return fail(err, errno, "keeping what a disk held");
	if (piece->at > (uint64_t)st.st_size)
		return refuse_piece(err, "one before it is missing");
	if (piece->at > UNDO_MAX || n > UNDO_MAX - piece->at)
		return refuse_piece(err, "together they are too much");
	if (ftruncate(fd, (off_t)piece->at) < 0 || lseek(fd, 0, SEEK_END) < 0)
		return fail(err, errno, "keeping what a disk held");
	return write_all(fd, bytes, n, err);
}

static int part_finish(int dir, int fd, int64_t seq, struct error *err)
{
	char from[48], to[48];

	if (fsync(fd) < 0 ||
		renameat(dir, file_name(seq, PARTIAL, from), dir, file_name(seq, SUFFIX, to)) < 0 ||
		fsync(dir) < 0)
		return fail(err, errno, "keeping what a disk held");
	return 0;
}

/* True where the last piece has come before, and only its answer was lost. */
static bool is_done(int dir, int64_t seq, const struct undo_piece *piece)
{
	char name[48];

	return piece->is_last && piece->at > 0 &&
	       faccessat(dir, file_name(seq, PARTIAL, name), F_OK, 0) < 0 &&
	       faccessat(dir, file_name(seq, SUFFIX, name), F_OK, 0) == 0;
}

int undo_take(const char *state_dir, const char *machine, int64_t seq,
	const struct undo_piece *piece, struct error *err)
{
	char folder[PATH_MAX], name[48];
	auto_close int dir = -1;
	auto_close int fd = -1;
	int r;

	if ((r = folder_path(state_dir, machine, folder, err)) < 0 ||
		(r = make_dirs(folder, 0700, err)) < 0)
		return r;
	if ((dir = folder_open(folder, err)) < 0)
		return dir;
	if (is_done(dir, seq, piece))
		return 0;
	fd = openat(dir, file_name(seq, PARTIAL, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(err, errno, "keeping what a disk held");
	if ((r = piece_write(fd, piece, err)) < 0 || !piece->is_last)
		return r;
	if ((r = part_finish(dir, fd, seq, err)) == 0)
		old_remove(dir, folder);
	return r;
}

/* The header comes from a machine: a line that is none makes a row that says so little. */
static json_t *header_read(int fd)
{
	auto_free char *text = calloc(1, UNDO_HEADER_MAX);
	auto_json json_t *header = NULL;
	struct error ignored = { 0 };
	ssize_t n = text ? pread(fd, text, UNDO_HEADER_MAX, 0) : -1;
	char *end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;

	if (!end || json_read(text, (size_t)(end - text), &header, &ignored) < 0 ||
		json_fields(header, "header", header_fields, &ignored) < 0)
		return NULL;
	return take_ptr(&header);
}

static json_t *disk_row(const json_t *disk)
{
	const json_t *holds = json_object_get(disk, "holds");

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "name", json_str(disk, "name", ""),
		"path", json_str(disk, "path", ""), "model", json_str(disk, "model", ""), "serial",
		json_str(disk, "serial", ""), "wwn", json_str(disk, "wwn", ""), "size_bytes",
		(json_int_t)json_int(disk, "size_bytes", 0), "holds",
		json_is_array(holds) ? json_deep_copy(holds) : json_array());
}

static json_t *row_make(int dir, int64_t seq)
{
	char name[48];
	auto_close int fd = openat(dir, file_name(seq, SUFFIX, name), O_RDONLY | O_CLOEXEC);
	auto_json json_t *header = fd < 0 ? NULL : header_read(fd);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	return json_pack("{s:I, s:I, s:I, s:o, s:b, s:I}", "seq", (json_int_t)seq, "saved_ms",
		(json_int_t)st.st_mtim.tv_sec * 1000, "size_bytes", (json_int_t)st.st_size, "disk",
		disk_row(json_object_get(header, "disk")), "whole",
		json_bool(header, "whole", false), "ranges",
		(json_int_t)json_array_size(json_object_get(header, "ranges")));
}

int undo_list(const char *state_dir, const char *machine, json_t **ret, struct error *err)
{
	char folder[PATH_MAX];
	int64_t numbers[FILES_MAX];
	auto_json json_t *list = json_array();
	auto_close int dir = -1;
	size_t n;
	int r = folder_path(state_dir, machine, folder, err);

	if (r < 0)
		return r;
	n = numbers_read(folder, numbers);
	if (n > 0 && (dir = folder_open(folder, err)) < 0)
		return dir;
	for (size_t i = 0; i < n; i++) {
		json_t *row = row_make(dir, numbers[i]);

		if (row)
			json_array_append_new(list, row);
	}
	*ret = take_ptr(&list);
	return 0;
}

static int file_open(const char *folder, int64_t seq, struct error *err)
{
	char path[PATH_MAX + 48], name[48];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file_name(seq, SUFFIX, name));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		fail_code(err, ENOENT, "SW-5014", "nothing is kept of plan %lld", (long long)seq);
		return fail_hint(err, "slipway machine disk-undo MACHINE lists what there is");
	}
	return fd < 0 ? fail(err, errno, "opening '%s'", path) : fd;
}

int undo_read(const char *state_dir, const char *machine, int64_t seq, uint64_t at, json_t **ret,
	struct error *err)
{
	auto_free uint8_t *bytes = malloc(UNDO_PIECE_MAX);
	auto_free char *text = malloc(BASE64_SIZE(UNDO_PIECE_MAX));
	char folder[PATH_MAX];
	auto_close int fd = -1;
	struct stat st;
	ssize_t n;
	int r = folder_path(state_dir, machine, folder, err);

	if (r < 0)
		return r;
	if (!bytes || !text)
		return fail_memory(err);
	if ((fd = file_open(folder, seq, err)) < 0)
		return fd;
	n = at > UNDO_MAX ? 0 : pread(fd, bytes, UNDO_PIECE_MAX, (off_t)at);
	if (n < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "reading what a disk held");
	base64_format(bytes, (size_t)n, text);
	*ret = json_pack("{s:I, s:I, s:s}", "at", (json_int_t)at, "size_bytes",
		(json_int_t)st.st_size, "data", text);
	return *ret ? 0 : fail_memory(err);
}

int undo_forget(const char *state_dir, const char *machine, struct error *err)
{
	char folder[PATH_MAX];
	int r = folder_path(state_dir, machine, folder, err);

	return r < 0 ? r : remove_tree(folder, err);
}
