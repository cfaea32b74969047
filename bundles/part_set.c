// SPDX-License-Identifier: Apache-2.0
/* Parts of one bundle, put together in their order. */
#include "bundles/part_set.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#define MISSING_SHOWN 20

void part_set_done(struct part_set *s)
{
	for (size_t i = 0; i < PARTS_MAX; i++)
		free(s->paths[i]);
}

/* Opens a part that belongs to the set, behind its header. Any part where the set is empty. */
static int part_open(const struct part_set *s, const char *path, struct part *ret, int *ret_fd,
	struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? fail(err, errno, "opening '%s'", path) : part_read(fd, ret, err);

	if (fd < 0)
		return r;
	if (r == 1)
		r = fail_code(err, EBADMSG, "SW-2034", "it is no part of a bundle");
	if (r == 0 && s->first.count > 0 &&
		(!digest_equal(&ret->whole, &s->first.whole) || ret->count != s->first.count))
		r = fail_code(err, EBADMSG, "SW-2034",
			"it is a part of another file than the first that was given");
	if (r < 0)
		return fail_in(err, "'%s'", path);
	*ret_fd = take_fd(&fd);
	return 0;
}

int part_set_add(struct part_set *s, const char *path, struct error *err)
{
	struct part p;
	auto_close int fd = -1;
	int r = part_open(s, path, &p, &fd, err);

	if (r < 0)
		return r;
	if (s->paths[p.number - 1])
		return fail_code(err, EINVAL, "SW-2034", "'%s' is part %u, and so is '%s'", path,
			p.number, s->paths[p.number - 1]);
	s->paths[p.number - 1] = strdup(path);
	if (!s->paths[p.number - 1])
		return fail_memory(err);
	s->first = p;
	return 0;
}

int part_set_check(const struct part_set *s, struct error *err)
{
	auto_buf missing = { .max = 4096 };
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->first.count; i++)
		if (!s->paths[i] && n++ < MISSING_SHOWN)
			buf_printf(&missing, "%s%u", n > 1 ? ", " : "", i + 1);
	if (n == 0)
		return 0;
	(void)fail_code(err, ENOENT, "SW-2035", "%u of the %u parts of '%s' are missing: %s%s", n,
		s->first.count, s->first.name, buf_str(&missing), n > MISSING_SHOWN ? ", ..." : "");
	return fail_hint(err, "Name all of them, in any order.");
}

static int fd_take(const void *p, size_t n, void *arg, struct error *err)
{
	return write_all(*(int *)arg, p, n, err);
}

int part_set_write(struct part_set *s, int fd, struct error *err)
{
	uint64_t at = 0;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < s->first.count; i++) {
		auto_close int in = -1;
		struct part p;

		if (!s->paths[i] && s->ask)
			r = s->ask(i + 1, s, &s->paths[i], err);
		else if (!s->paths[i])
			r = part_set_check(s, err);
		if (r == 0)
			r = part_open(s, s->paths[i], &p, &in, err);
		if (r == 0 && (p.number != i + 1 || p.offset != at))
			r = fail_code(
				err, EBADMSG, "SW-2034", "'%s' is not part %u", s->paths[i], i + 1);
		if (r < 0)
			return r;
		r = part_copy(in, &p, fd_take, &fd, err);
		if (r < 0)
			return fail_in(err, "'%s'", s->paths[i]);
		at += p.size;
	}
	return 0;
}
