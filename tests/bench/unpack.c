// SPDX-License-Identifier: Apache-2.0
/*
 * Writes an OS image's layers as the agent does, into a folder: fetched over HTTP, hashed,
 *unpacked.
 *
 *	unpack URL_OF_BLOBS ROOT DIGEST SIZE [DIGEST SIZE]...
 *	unpack URL_OF_BLOBS DISK DIGEST SIZE             a whole disk image onto a block device
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/http_client.h"
#include "images/disk_image.h"
#include "images/rootfs.h"

#define LAYERS_MAX 16

struct fetch {
	struct http_client *client;
	const char *url;
};

static int fetch_blob(void *arg, const struct digest *digest, uint64_t size_bytes, rootfs_sink sink,
	void *sink_arg, struct error *err)
{
	struct fetch *f = arg;
	char url[512];
	char text[DIGEST_TEXT_MAX];
	auto_response response = { 0 };
	struct http_request request = {
		.url = url,
		.timeout_ms = -1,
		.on_data = sink,
		.on_data_arg = sink_arg,
	};

	(void)size_bytes; /* rootfs_unpack() counts */
	snprintf(url, sizeof(url), "%s/%s", f->url, digest_format(digest, text));
	if (http_do(f->client, &request, &response, err) < 0)
		return err->number;
	return response.status == 200 ? 0
				      : fail(err, EPROTO, "%s: status %ld", url, response.status);
}

static int layers_parse(
	int argc, char **argv, struct rootfs_layer *layers, size_t *n, struct error *err)
{
	for (*n = 0; argc >= 2 && *n < LAYERS_MAX; argc -= 2, argv += 2, (*n)++) {
		if (digest_parse(argv[0], &layers[*n].digest, err) < 0)
			return err->number;
		layers[*n].size_bytes = strtoull(argv[1], NULL, 10);
		layers[*n].media_type = "";
	}
	return argc == 0 && *n > 0 ? 0 : fail(err, EINVAL, "unpack URL ROOT DIGEST SIZE ...");
}

static bool is_disk(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

static int disk_write_image(const char *path, const struct rootfs_layer *blob,
	const struct rootfs_source *source, struct error *err)
{
	const struct disk_image_plan plan = { .disk = path, .blob = blob, .source = *source };
	auto_disk_image *d = NULL;
	struct disk_image_result result;
	int r = disk_image_begin(&plan, &d, err);

	if (r == 0)
		r = disk_image_write(d, err);
	return r == 0 ? disk_image_commit(d, &result, err) : r;
}

static int unpack(int argc, char **argv, struct error *err)
{
	struct rootfs_layer layers[LAYERS_MAX];
	struct fetch f = { 0 };
	struct rootfs_source source = { .fetch = fetch_blob, .arg = &f };
	size_t n;
	int r;

	if (argc < 5)
		return fail(err, EINVAL, "unpack URL ROOT DIGEST SIZE ...");
	f.url = argv[1];
	if (layers_parse(argc - 3, argv + 3, layers, &n, err) < 0)
		return err->number;
	if (http_client_new(&f.client, err) < 0)
		return err->number;
	if (is_disk(argv[2]))
		r = disk_write_image(argv[2], layers, &source, err);
	else
		r = rootfs_unpack(argv[2], layers, n, &source, NULL, NULL, err);
	http_client_free(f.client);
	return r;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };

	if (unpack(argc, argv, &err) < 0) {
		fprintf(stderr, "unpack: %s\n", err.text);
		return 1;
	}
	return 0;
}
