// SPDX-License-Identifier: Apache-2.0
/* A disk image, raw or qcow2, as an OS image of kind "disk": an artifact whose one layer is the raw
 * disk, packed with zstd. Holes are not read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "bundles/blob_put.h"
#include "bundles/create_image.h"
#include "bundles/qcow2.h"
#include "bundles/sink.h"

#define SECTOR     512
#define CHUNK      (1u << 20)
#define DISK_LEVEL 7 /* of zstd: an image is written once and read many times */

static int blob_bytes(const void *p, size_t n, void *arg, struct error *err)
{
	return store_writer_add(arg, p, n, err);
}

static int zeros_add(struct sink *sink, uint64_t n, uint8_t *chunk, struct error *err)
{
	int r = 0;

	memset(chunk, 0, CHUNK);
	for (; r == 0 && n > 0; n -= n < CHUNK ? n : CHUNK)
		r = sink_add(sink, chunk, n < CHUNK ? (size_t)n : CHUNK, err);
	return r;
}

static int data_add(
	struct sink *sink, int fd, uint64_t at, uint64_t n, uint8_t *chunk, struct error *err)
{
	int r = lseek(fd, (off_t)at, SEEK_SET) < 0 ? fail(err, errno, "seeking") : 0;

	while (r == 0 && n > 0) {
		size_t want = n < CHUNK ? (size_t)n : CHUNK;
		size_t got;

		r = read_full(fd, chunk, want, &got, err);
		if (r == 0 && got < want)
			r = fail_code(err, EIO, NULL, "it became shorter while it was read");
		if (r == 0)
			r = sink_add(sink, chunk, got, err);
		n -= want;
	}
	return r;
}

/* Where the next data begins and ends; a file system that knows no holes has one piece. */
static void data_find(int fd, uint64_t at, uint64_t size, uint64_t *ret_from, uint64_t *ret_to)
{
	off_t from = lseek(fd, (off_t)at, SEEK_DATA);
	off_t to = from < 0 ? -1 : lseek(fd, from, SEEK_HOLE);

	if (from < 0)
		from = errno == ENXIO ? (off_t)size : (off_t)at;
	*ret_from = (uint64_t)from < size ? (uint64_t)from : size;
	*ret_to = to < 0 || (uint64_t)to > size ? size : (uint64_t)to;
}

static int disk_pack(struct sink *sink, int fd, uint64_t size, struct error *err)
{
	auto_free uint8_t *chunk = malloc(CHUNK);
	uint64_t at = 0;
	int r = chunk ? 0 : fail_memory(err);

	while (r == 0 && at < size) {
		uint64_t from;
		uint64_t to;

		data_find(fd, at, size, &from, &to);
		r = zeros_add(sink, from - at, chunk, err);
		if (r == 0)
			r = data_add(sink, fd, from, to - from, chunk, err);
		at = to;
	}
	return r < 0 ? r : sink_end(sink, err);
}

static int raw_pack(struct sink *sink, int fd, uint64_t *ret_disk, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(err, errno, "its size");
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size % SECTOR)
		return fail_code(err, EINVAL, "SW-6002",
			"it is no disk image: its %lld bytes are no whole sectors",
			(long long)st.st_size);
	*ret_disk = (uint64_t)st.st_size;
	return disk_pack(sink, fd, (uint64_t)st.st_size, err);
}

static int qcow2_pack(struct sink *sink, int fd, uint64_t *ret_disk, struct error *err)
{
	auto_free uint8_t *chunk = malloc(CHUNK);
	auto_qcow2 q = { 0 };
	uint64_t at = 0;
	int r = chunk ? qcow2_open(&q, fd, err) : fail_memory(err);

	while (r == 0 && at < q.header.size) {
		uint64_t n;
		bool data;

		r = qcow2_read(&q, at, &n, &data, err);
		if (r == 0)
			r = data ? sink_add(sink, q.cluster, (size_t)n, err)
				 : zeros_add(sink, n, chunk, err);
		at += n;
	}
	*ret_disk = q.header.size;
	return r < 0 ? r : sink_end(sink, err);
}

static int layer_put(struct store *s, int fd, uint64_t *ret_disk, struct digest *ret,
	uint64_t *ret_size, struct error *err)
{
	auto_store_writer w = { 0 };
	auto_sink sink = { 0 };
	int r = store_writer_start(&w, s, 0, err);

	if (r == 0)
		r = sink_open(&sink, blob_bytes, &w, DISK_LEVEL, err);
	if (r == 0)
		r = qcow2_is(fd) ? qcow2_pack(&sink, fd, ret_disk, err)
				 : raw_pack(&sink, fd, ret_disk, err);
	*ret_size = w.written;
	return r < 0 ? r : store_writer_commit(&w, NULL, ret, err);
}

/* The smallest disk is the image's own size, or more where the recipe says so. */
static json_t *disk_notes(const json_t *image, uint64_t disk, struct error *err)
{
	auto_json json_t *notes = create_notes(image, PLATFORM_OURS, err);
	uint64_t least;

	if (!notes || recipe_min_disk(image, &least, err) < 0)
		return NULL;
	least = least > disk ? least : disk;
	if (json_object_set_new(
		    notes, OCI_NOTE_SIZE, json_sprintf("%llu", (unsigned long long)disk)) < 0 ||
		json_object_set_new(notes, OCI_NOTE_MIN_DISK,
			json_sprintf("%llu", (unsigned long long)least)) < 0) {
		(void)fail_memory(err);
		return NULL;
	}
	return take_ptr(&notes);
}

static int disk_entry(struct create_job *job, const json_t *image, const struct digest *layer,
	uint64_t layer_size, uint64_t disk, struct error *err)
{
	auto_json json_t *doc = NULL;
	struct digest digest;
	uint64_t size;
	json_t *notes;
	int r = store_put(job->store, "{}", 2, &digest, err);

	if (r < 0)
		return r;
	doc = json_pack("{s:i, s:s, s:s, s:o, s:[o]}", "schemaVersion", 2, "mediaType",
		OCI_TYPE_MANIFEST, "artifactType", OCI_TYPE_DISK, "config",
		oci_descriptor_json(OCI_TYPE_EMPTY, &digest, 2), "layers",
		oci_descriptor_json(OCI_TYPE_DISK_LAYER, layer, layer_size));
	r = blob_put_json(job->store, doc, &digest, &size, err);
	notes = r == 0 ? disk_notes(image, disk, err) : NULL;
	if (!notes)
		return err->number;
	return create_entry(job, json_str(image, "name", ""), "disk", OCI_TYPE_MANIFEST, &digest,
		size, notes, err);
}

int create_disk(struct create_job *job, const json_t *image, struct error *err)
{
	auto_free char *path = recipe_path(job->recipe, json_str(image, "disk", ""));
	auto_close int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct digest layer;
	uint64_t layer_size = 0;
	uint64_t disk = 0;
	int r = path ? 0 : fail_memory(err);

	create_say(job, json_str(image, "name", ""), "packing its disk");
	if (r == 0 && fd < 0)
		r = fail(err, errno, "opening '%s'", path);
	if (r == 0 && layer_put(job->store, fd, &disk, &layer, &layer_size, err) < 0)
		r = fail_in(err, "'%s'", path);
	return r < 0 ? r : disk_entry(job, image, &layer, layer_size, disk, err);
}
