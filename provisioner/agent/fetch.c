// SPDX-License-Identifier: Apache-2.0
/* Manifests and blobs from the appliance. */
#include "provisioner/agent/fetch.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bundles/oci.h"

#define STALL_MS       15000
#define FIRST_PAUSE_MS 500
#define LAST_PAUSE_MS  8000
#define URL_MAX        512

struct transfer {
	struct fetch *fetch;
	const char *kind; /* "manifests" or "blobs" */
	struct digest digest;
	uint64_t got;     /* bytes the sink has */
	uint64_t size;    /* bytes there are; UINT64_MAX unknown */
	int64_t alive_ms; /* when the last byte came */
	rootfs_sink sink;
	void *sink_arg;
	bool refused; /* the sink wants no more */
};

int fetch_open(struct fetch *f, const char *server, const char *repository, struct error *err)
{
	*f = (struct fetch){
		.server = server, .repository = repository, .patience_ms = FETCH_PATIENCE_MS
	};
	return http_client_new(&f->http, err);
}

void fetch_close(struct fetch *f)
{
	http_client_free(f->http);
	f->http = NULL;
}

static int take_bytes(const void *p, size_t n, void *arg)
{
	struct transfer *t = arg;

	t->alive_ms = monotonic_ms();
	t->refused = t->sink(p, n, t->sink_arg) != 0;
	if (!t->refused)
		t->got += n;
	return t->refused;
}

/* 0: complete; 1: worth another try; else an error for good. err is set unless 0. */
static int try_once(struct transfer *t, struct error *err)
{
	static const char *const accept[] = { "Accept: " OCI_TYPE_MANIFEST,
		"Accept: " OCI_TYPE_DOCKER_MANIFEST, NULL };
	auto_response response = { 0 };
	char url[URL_MAX], digest[DIGEST_TEXT_MAX];
	const struct http_request request = {
		.url = url,
		.headers = accept,
		.range_from = t->got,
		.timeout_ms = -1,
		.stall_timeout_ms = STALL_MS,
		.on_data = take_bytes,
		.on_data_arg = t,
	};
	int r;

	(void)snprintf(url, sizeof(url), "http://%s/v2/%s/%s/%s", t->fetch->server,
		t->fetch->repository, t->kind, digest_format(&t->digest, digest));
	r = http_do(t->fetch->http, &request, &response, err);
	if (t->refused)
		return fail_code(err, ECANCELED, NULL, "%s: the rest is not wanted", url);
	if (r < 0)
		return 1;
	if (response.status < 200 || response.status > 299) {
		r = fail_code(err, ENOENT, NULL, "%s: the appliance answers with status %ld", url,
			response.status);
		return response.status >= 500 || response.status == 429 ? 1 : r;
	}
	if (t->size != UINT64_MAX && t->got < t->size) {
		(void)fail_code(err, EIO, NULL, "%s: ended after %llu of %llu bytes", url,
			(unsigned long long)t->got, (unsigned long long)t->size);
		return 1;
	}
	return 0;
}

static int tell_trouble(const struct transfer *t, const struct error *err)
{
	return t->fetch->trouble ? t->fetch->trouble(err, t->fetch->trouble_arg) : 0;
}

static int transfer_run(struct transfer *t, struct error *err)
{
	int pause_ms = FIRST_PAUSE_MS;

	t->alive_ms = monotonic_ms();
	while (t->got < t->size) {
		uint64_t before = t->got;
		int r = try_once(t, err);

		if (r <= 0)
			return r;
		if (tell_trouble(t, err) != 0 ||
			monotonic_ms() - t->alive_ms > t->fetch->patience_ms)
			return err->number;
		pause_ms = t->got > before            ? FIRST_PAUSE_MS
			   : pause_ms < LAST_PAUSE_MS ? 2 * pause_ms
						      : LAST_PAUSE_MS;
		(void)poll(NULL, 0, pause_ms); /* nothing tells when a network is back */
	}
	return 0;
}

static int add_to_buf(const void *p, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_add(b, p, n);
	return b->failed ? -EFBIG : 0;
}

/* Puts a stable code on a failure whose words stay. */
static int fail_with(struct error *err, const char *code)
{
	(void)snprintf(err->code, sizeof(err->code), "%s", code);
	return err->number;
}

int fetch_manifest(struct fetch *f, const struct digest *digest, struct buf *out, struct error *err)
{
	struct transfer t = { .fetch = f,
		.kind = "manifests",
		.digest = *digest,
		.size = UINT64_MAX,
		.sink = add_to_buf,
		.sink_arg = out };
	char wanted[DIGEST_TEXT_MAX], got_text[DIGEST_TEXT_MAX];
	struct digest got;

	out->max = OCI_DOCUMENT_MAX;
	if (transfer_run(&t, err) < 0)
		return fail_with(err, "SW-3021");
	if (digest_of(buf_str(out), out->len, &got, err) < 0)
		return err->number;
	if (!digest_equal(&got, digest))
		return fail_code(err, EBADMSG, "SW-3021",
			"manifest %s came with other bytes (%s). Nothing was written",
			digest_format(digest, wanted), digest_format(&got, got_text));
	return 0;
}

int fetch_blob(void *arg, const struct digest *digest, uint64_t size_bytes, rootfs_sink sink,
	void *sink_arg, struct error *err)
{
	struct transfer t = { .fetch = arg,
		.kind = "blobs",
		.digest = *digest,
		.size = size_bytes,
		.sink = sink,
		.sink_arg = sink_arg };

	return transfer_run(&t, err) < 0 ? fail_with(err, "SW-3022") : 0;
}
