// SPDX-License-Identifier: Apache-2.0
/*
 * A bundle into parts, read once. Each part's header is written last, when the digest of the whole
 * is known: until then what lies there is no part.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "bundles/import.h"
#include "bundles/part_set.h"

#define COPY_SIZE (1u << 20)
/* One header, and as much again: FAT32 takes files of one byte less than 4 GiB. */
#define OVERHEAD (2u * PART_HEADER_SIZE)

struct split {
	int in;
	const char *out;
	uint8_t *copy;
	struct digest_state whole;
	struct part part; /* what all parts say */
	struct digest *digests;
	uint64_t size; /* of a part's bytes, but for the last */
};

static int part_make(const struct split *s, unsigned int number, int flags, struct error *err)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s.%03u", s->out, number) >= (int)sizeof(path))
		return fail(err, ENAMETOOLONG, "'%s'", s->out);
	fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	return fd < 0 ? fail(err, errno, "writing '%s'", path) : fd;
}

static uint64_t part_size(const struct split *s, unsigned int number)
{
	uint64_t left = s->part.total - (uint64_t)(number - 1) * s->size;

	return left < s->size ? left : s->size;
}

/* A part's bytes, behind a header of zeros. */
static int bytes_write(struct split *s, unsigned int number, struct error *err)
{
	static const uint8_t zeros[PART_HEADER_SIZE];
	auto_close int fd = part_make(s, number, O_CREAT | O_TRUNC, err);
	auto_digest hash = { 0 };
	uint64_t left = part_size(s, number);
	int r = fd < 0 ? fd : write_all(fd, zeros, sizeof(zeros), err);

	if (r == 0)
		r = digest_start(&hash, err);
	while (r == 0 && left > 0) {
		size_t n;

		r = read_full(s->in, s->copy, left < COPY_SIZE ? (size_t)left : COPY_SIZE, &n, err);
		if (r == 0 && n == 0)
			r = fail_code(err, EIO, NULL, "it became shorter while it was read");
		if (r == 0)
			r = digest_update(&hash, s->copy, n, err);
		if (r == 0)
			r = digest_update(&s->whole, s->copy, n, err);
		if (r == 0)
			r = write_all(fd, s->copy, n, err);
		left -= n;
	}
	return r < 0 ? r : digest_end(&hash, &s->digests[number - 1], err);
}

static int header_write(struct split *s, unsigned int number, struct error *err)
{
	uint8_t header[PART_HEADER_SIZE];
	auto_close int fd = part_make(s, number, 0, err);
	int r;

	s->part.number = number;
	s->part.offset = (uint64_t)(number - 1) * s->size;
	s->part.size = part_size(s, number);
	s->part.digest = s->digests[number - 1];
	r = fd < 0 ? fd : part_format(&s->part, header, err);
	if (r == 0)
		r = write_all(fd, header, sizeof(header), err);
	if (r == 0 && fsync(fd) < 0)
		r = fail(err, errno, "writing part %u of '%s'", number, s->out);
	return r;
}

/* Which bundle it is, and how large; whoever signed it. */
static int whole_look(struct split *s, struct error *err)
{
	const struct trust nobody = { 0 };
	auto_import_result found = { 0 };
	off_t size = lseek(s->in, 0, SEEK_END);
	int r = size < 0 || lseek(s->in, 0, SEEK_SET) < 0
			? fail(err, errno, "a pipe is not split")
			: import_inspect(s->in, &nobody, &found, err);

	if (r < 0)
		return r;
	(void)snprintf(s->part.name, sizeof(s->part.name), "%s", found.statement.name);
	s->part.version = found.statement.version;
	s->part.total = (uint64_t)size;
	return lseek(s->in, 0, SEEK_SET) < 0 ? fail(err, errno, "going to its start") : 0;
}

static int split_run(struct split *s, struct error *err)
{
	int r = 0;

	for (unsigned int i = 1; r == 0 && i <= s->part.count; i++)
		r = bytes_write(s, i, err);
	if (r == 0)
		r = digest_end(&s->whole, &s->part.whole, err);
	for (unsigned int i = 1; r == 0 && i <= s->part.count; i++)
		r = header_write(s, i, err);
	return r;
}

int part_split(int fd, const char *out, uint64_t size, struct part *ret, struct error *err)
{
	auto_free uint8_t *copy = malloc(COPY_SIZE);
	auto_free struct digest *digests = calloc(PARTS_MAX, sizeof(*digests));
	struct split s = { .in = fd, .out = out, .copy = copy, .digests = digests };
	uint64_t count;
	int r = copy && digests ? whole_look(&s, err) : fail_memory(err);

	if (r < 0)
		return r;
	if (size <= OVERHEAD)
		return fail_code(err, EINVAL, NULL, "a part has more than %u bytes", OVERHEAD);
	s.size = size - OVERHEAD;
	count = (s.part.total + s.size - 1) / s.size;
	if (count > PARTS_MAX)
		return fail_code(err, EINVAL, NULL, "that would be %llu parts; %d are the most",
			(unsigned long long)count, PARTS_MAX);
	s.part.count = (unsigned int)count;
	r = digest_start(&s.whole, err);
	if (r == 0)
		r = split_run(&s, err);
	digest_stop(&s.whole);
	if (r == 0)
		*ret = s.part;
	return r;
}
