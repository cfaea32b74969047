// SPDX-License-Identifier: Apache-2.0
/* Responses of libmicrohttpd: descriptors are handed to it and sent by sendfile, never copied. */
#include "provisioner/daemon/bulk_reply.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "provisioner/daemon/range.h"

#define ETAG_MAX (DIGEST_TEXT_MAX + 2)

static void add(struct MHD_Response *r, const char *name, const char *value)
{
	(void)MHD_add_response_header(r, name, value); /* without memory a header is missing */
}

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

enum MHD_Result bulk_reply_text(
	struct MHD_Connection *c, unsigned status, const char *type, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);

	if (r) {
		add(r, "Content-Type", type);
		add(r, "Cache-Control", "no-store");
	}
	return queue(c, status, r);
}

/* What of a descriptor's `size` bytes is wanted. */
struct part {
	unsigned status;
	uint64_t first;
	uint64_t length;
	char content_range[80]; /* "" where the whole is sent */
};

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* tag is "" where the content has none. */
static struct part choose_part(struct MHD_Connection *c, uint64_t size, const char *tag)
{
	struct part p = { .status = 200, .length = size };
	const char *range = if_range_holds(header(c, "If-Range"), tag) ? header(c, "Range") : NULL;

	switch (range_parse(range, size, &p.first, &p.length)) {
	case RANGE_WHOLE:
		break;
	case RANGE_PART:
		p.status = 206;
		snprintf(p.content_range, sizeof(p.content_range), "bytes %llu-%llu/%llu",
			(unsigned long long)p.first, (unsigned long long)(p.first + p.length - 1),
			(unsigned long long)size);
		break;
	case RANGE_OUTSIDE:
		p.status = 416;
		p.first = p.length = 0;
		snprintf(p.content_range, sizeof(p.content_range), "bytes */%llu",
			(unsigned long long)size);
		break;
	}
	return p;
}

/* The descriptor is taken over, also on failure. */
static struct MHD_Response *respond_fd(int fd, const struct part *p)
{
	struct MHD_Response *r;

	if (p->length == 0) {
		close(fd);
		r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	} else {
		r = MHD_create_response_from_fd_at_offset64(p->length, fd, p->first);
		if (!r)
			close(fd);
	}
	if (r) {
		add(r, "Accept-Ranges", "bytes");
		if (p->content_range[0])
			add(r, "Content-Range", p->content_range);
	}
	return r;
}

enum MHD_Result bulk_reply_file(
	struct MHD_Connection *c, bool head, const char *path, uint64_t *ret_bytes)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct MHD_Response *r;
	struct stat st;
	struct part p = { .status = 200 };

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return bulk_reply_text(
			c, 404, "text/plain", "this appliance does not have that file\n");
	p.length = (uint64_t)st.st_size;
	if (!head)
		p = choose_part(c, (uint64_t)st.st_size, "");
	*ret_bytes = p.length;
	r = respond_fd(take_fd(&fd), &p);
	if (r)
		add(r, "Content-Type", "application/octet-stream");
	return queue(c, p.status, r);
}

static ssize_t never_read(void *arg, uint64_t at, char *out, size_t max)
{
	(void)arg;
	(void)at;
	(void)out;
	(void)max;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The headers of `size` bytes which nobody opened: half the system calls of a HEAD. */
static struct MHD_Response *respond_head(uint64_t size)
{
	struct MHD_Response *r = MHD_create_response_from_callback(size, 1, never_read, NULL, NULL);

	if (r)
		add(r, "Accept-Ranges", "bytes");
	return r;
}

static struct MHD_Response *respond_body(struct registry_answer *a)
{
	return MHD_create_response_from_buffer(
		a->body.len, (void *)(uintptr_t)buf_str(&a->body), MHD_RESPMEM_MUST_COPY);
}

static void add_registry_headers(struct MHD_Response *r, const struct registry_answer *a)
{
	char etag[ETAG_MAX + 1];

	add(r, "Docker-Distribution-API-Version", "registry/2.0");
	if (a->content_type[0])
		add(r, "Content-Type", a->content_type);
	if (a->digest[0]) {
		snprintf(etag, sizeof(etag), "\"%s\"", a->digest);
		add(r, "Docker-Content-Digest", a->digest);
		add(r, "ETag", etag);
	}
	if (a->link[0])
		add(r, "Link", a->link);
	if (a->filtered)
		add(r, "OCI-Filters-Applied", "artifactType");
	if (a->status == 405)
		add(r, "Allow", "GET, HEAD");
	add(r, "Cache-Control", a->immutable ? "public, max-age=31536000, immutable" : "no-cache");
}

/* 304, 412, or what the answer has. */
static unsigned conditional_status(struct MHD_Connection *c, const struct registry_answer *a)
{
	const char *match = header(c, "If-Match");

	if (a->status != 200 || !a->digest[0])
		return (unsigned)a->status;
	if (match && !etag_matches(match, a->digest))
		return 412;
	return etag_matches(header(c, "If-None-Match"), a->digest) ? 304 : 200;
}

enum MHD_Result bulk_reply_registry(
	struct MHD_Connection *c, struct registry_answer *a, uint64_t *ret_bytes)
{
	struct part p = { .status = conditional_status(c, a), .length = a->size };
	struct MHD_Response *r;

	if ((int)p.status != a->status) {
		p.length = 0;
		r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	} else if (a->fd >= 0) {
		if (a->status == 200 && !a->head)
			p = choose_part(c, a->size, a->digest);
		r = respond_fd(take_fd(&a->fd), &p);
	} else if (a->head && a->digest[0]) {
		r = respond_head(a->size);
	} else {
		r = respond_body(a);
	}
	*ret_bytes = p.length;
	if (r)
		add_registry_headers(r, a);
	return queue(c, p.status, r);
}
