// SPDX-License-Identifier: Apache-2.0
/*
 * A part's header is 4096 bytes: the line "slipway bundle part 1", one JSON object, and zeros.
 *
 *	bundle, version  what it is a part of
 *	number, count    which one, of how many
 *	offset, size     where its bytes lie in the whole, and how many they are
 *	total            bytes of the whole
 *	digest, whole    SHA-256 of its bytes, and of the whole
 */
#include "bundles/part.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"

#define MAGIC     "slipway bundle part 1\n"
#define COPY_SIZE (1u << 20)

static const struct json_field part_fields[] = {
	{ "bundle", JSON_KIND_STRING, true, STATEMENT_NAME_MAX - 1 },
	{ "version", JSON_KIND_INTEGER, true, 0 },
	{ "number", JSON_KIND_INTEGER, true, PARTS_MAX },
	{ "count", JSON_KIND_INTEGER, true, PARTS_MAX },
	{ "offset", JSON_KIND_INTEGER, true, 0 },
	{ "size", JSON_KIND_INTEGER, true, 0 },
	{ "total", JSON_KIND_INTEGER, true, 0 },
	{ "digest", JSON_KIND_STRING, true, DIGEST_TEXT_MAX },
	{ "whole", JSON_KIND_STRING, true, DIGEST_TEXT_MAX },
	{ NULL, JSON_KIND_ANY, false, 0 },
};

int part_format(const struct part *p, uint8_t out[static PART_HEADER_SIZE], struct error *err)
{
	char digest[DIGEST_TEXT_MAX];
	char whole[DIGEST_TEXT_MAX];
	auto_free char *text = NULL;
	auto_json json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s}",
		"bundle", p->name, "version", (json_int_t)p->version, "number",
		(json_int_t)p->number, "count", (json_int_t)p->count, "offset",
		(json_int_t)p->offset, "size", (json_int_t)p->size, "total", (json_int_t)p->total,
		"digest", digest_format(&p->digest, digest), "whole",
		digest_format(&p->whole, whole));
	int r = json ? json_write(json, &text, err) : fail_memory(err);

	if (r < 0)
		return r;
	memset(out, 0, PART_HEADER_SIZE);
	(void)snprintf((char *)out, PART_HEADER_SIZE, MAGIC "%s\n", text); /* at most 600 bytes */
	return 0;
}

static int part_take(const json_t *json, struct part *ret, struct error *err)
{
	struct part p = {
		.version = (uint64_t)json_int(json, "version", 0),
		.number = (unsigned int)json_int(json, "number", 0),
		.count = (unsigned int)json_int(json, "count", 0),
		.offset = (uint64_t)json_int(json, "offset", 0),
		.size = (uint64_t)json_int(json, "size", 0),
		.total = (uint64_t)json_int(json, "total", 0),
	};
	const char *name = json_str(json, "bundle", "");
	int r = digest_parse(json_str(json, "digest", ""), &p.digest, err);

	if (r == 0)
		r = digest_parse(json_str(json, "whole", ""), &p.whole, err);
	if (r < 0)
		return r;
	if (!statement_name_valid(name) || p.number < 1 || p.number > p.count || p.size < 1 ||
		p.size > p.total || p.offset > p.total - p.size)
		return fail_code(err, EINVAL, NULL, "its numbers do not go together");
	memcpy(p.name, name, strlen(name) + 1);
	*ret = p;
	return 0;
}

int part_parse(const uint8_t block[static PART_HEADER_SIZE], struct part *ret, struct error *err)
{
	const char *text = (const char *)block + strlen(MAGIC);
	size_t room = PART_HEADER_SIZE - strlen(MAGIC);
	size_t n = strnlen(text, room);
	auto_json json_t *json = NULL;
	int r;

	if (memcmp(block, MAGIC, strlen(MAGIC)) != 0)
		return fail_code(err, EBADMSG, "SW-2034", "it is no part of a bundle");
	for (size_t i = n; i < room; i++)
		if (text[i])
			return fail_code(
				err, EBADMSG, "SW-2034", "the header of the part is altered");
	r = json_read(text, n, &json, err);
	if (r == 0)
		r = json_fields(json, "header", part_fields, err);
	if (r == 0)
		r = part_take(json, ret, err);
	if (r == 0)
		return 0;
	return fail_code(err, EBADMSG, "SW-2034", "the header of the part is damaged");
}

int part_read(int fd, struct part *ret, struct error *err)
{
	uint8_t block[PART_HEADER_SIZE];
	off_t start = lseek(fd, 0, SEEK_CUR);
	size_t n = 0;
	int r = start < 0 ? 0 : read_full(fd, block, sizeof(block), &n, err);

	if (r < 0)
		return r;
	if (n == sizeof(block) && memcmp(block, MAGIC, strlen(MAGIC)) == 0)
		return part_parse(block, ret, err);
	if (start >= 0 && lseek(fd, start, SEEK_SET) < 0)
		return fail(err, errno, "going back to the start");
	return 1;
}

int part_copy(int fd, const struct part *p, part_take_fn take, void *arg, struct error *err)
{
	auto_free uint8_t *copy = malloc(COPY_SIZE);
	auto_digest hash = { 0 };
	struct digest found;
	uint64_t left = p->size;
	int r = copy ? digest_start(&hash, err) : fail_memory(err);

	while (r == 0 && left > 0) {
		size_t n;

		r = read_full(fd, copy, left < COPY_SIZE ? (size_t)left : COPY_SIZE, &n, err);
		if (r == 0 && n == 0)
			r = fail_code(err, EBADMSG, "SW-2034",
				"part %u of %u ends early: %llu bytes are missing", p->number,
				p->count, (unsigned long long)left);
		if (r == 0)
			r = digest_update(&hash, copy, n, err);
		if (r == 0 && take)
			r = take(copy, n, arg, err);
		left -= n;
	}
	if (r == 0)
		r = digest_end(&hash, &found, err);
	if (r == 0 && (!digest_equal(&found, &p->digest) || read(fd, copy, 1) != 0))
		r = fail_code(
			err, EBADMSG, "SW-2034", "part %u of %u is damaged", p->number, p->count);
	return r;
}
