// SPDX-License-Identifier: Apache-2.0
/*
 * The images library from a command line, for the tests in this folder:
 *
 *	tool unpack ROOT LAYER...
 *	tool install DISK GRUB_DIR ARGS LAYER...     ARGS: kernel arguments, one word each
 *	tool install-uefi ...                        the same where the firmware is UEFI
 *	tool begin DISK GRUB_DIR ARGS LAYER...       as far as install_unpack(), then stops dead
 *	tool esp FILE SIZE SECTOR LOADER
 *	tool image DISK FIRMWARE BLOB [SEED]         a whole disk image; FIRMWARE: bios or uefi
 *	tool image-begin ...                         the same, and stops dead before the commit
 *	tool layout=MOUNT:FILESYSTEM:BYTES,... VERB...   the same with these volumes, "/" first
 *
 * LAYER is a file, or FILE@DIGEST where the digest is not to be the file's own.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "images/disk_image.h"
#include "images/fat.h"
#include "images/install.h"
#include "images/iso.h"

#define LAYERS_MAX 64
#define ARGS_MAX   32

struct store {
	struct rootfs_layer layers[LAYERS_MAX];
	char *files[LAYERS_MAX];
	size_t n;
};

static int file_feed(const char *path, rootfs_sink sink, void *arg, struct error *err)
{
	static char piece[256 << 10];
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return fail(err, errno, "opening '%s'", path);
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		int r = sink(piece, (size_t)n, arg);

		if (r < 0)
			return fail(err, -r, "stopped");
	}
	return n < 0 ? fail(err, errno, "reading '%s'", path) : 0;
}

static int store_fetch(void *arg, const struct digest *digest, uint64_t size_bytes,
	rootfs_sink sink, void *sink_arg, struct error *err)
{
	struct store *s = arg;

	(void)size_bytes;
	for (size_t i = 0; i < s->n; i++)
		if (digest_equal(&s->layers[i].digest, digest))
			return file_feed(s->files[i], sink, sink_arg, err);
	return fail(err, ENOENT, "no such layer");
}

struct hashing {
	struct digest_state state;
	uint64_t size;
	struct error err;
};

static int hash_sink(const void *p, size_t n, void *arg)
{
	struct hashing *h = arg;

	h->size += n;
	return digest_update(&h->state, p, n, &h->err);
}

static int store_add(struct store *s, char *name, struct error *err)
{
	struct rootfs_layer *layer = &s->layers[s->n];
	struct hashing h = { 0 };
	char *at = strrchr(name, '@');
	int r;

	if (at)
		*at = '\0';
	s->files[s->n++] = name;
	if ((r = digest_start(&h.state, err)) < 0 ||
		(r = file_feed(name, hash_sink, &h, err)) < 0 ||
		(r = digest_end(&h.state, &layer->digest, err)) < 0)
		return r;
	layer->size_bytes = h.size;
	layer->media_type = "application/vnd.oci.image.layer.v1.tar";
	return at ? digest_parse(at + 1, &layer->digest, err) : 0;
}

static int store_fill(struct store *s, char **names, struct error *err)
{
	int r;

	for (; *names && s->n < LAYERS_MAX; names++)
		if ((r = store_add(s, *names, err)) < 0)
			return r;
	return 0;
}

static int run_unpack(char **argv, struct error *err)
{
	struct store s = { 0 };
	struct rootfs_source source = { store_fetch, &s };
	int r = store_fill(&s, argv + 1, err);

	return r < 0 ? r : rootfs_unpack(argv[0], s.layers, s.n, &source, NULL, NULL, err);
}

static int progress_print(const struct install_progress *p, void *arg)
{
	(void)arg;
	printf("step %s %" PRIu64 "/%" PRIu64 "\n", p->step, p->done_bytes, p->total_bytes);
	(void)fflush(stdout);
	return 0;
}

static void result_print(const struct install_result *result)
{
	printf("disk %s\ndisk_uuid %s\nroot_uuid %s\nkernel %s\ninitrd %s\ncmdline %s\n",
		result->disk, result->disk_uuid, result->root_uuid, result->kernel.kernel,
		result->kernel.initrd, result->cmdline);
}

/* "/:ext4:2147483648,/var:xfs:0", cut to pieces in place. */
static size_t volumes_read(char *spec, struct disk_volume list[static DISK_VOLUMES_MAX])
{
	size_t n = 0;

	for (char *one = strtok(spec, ","); one && n < DISK_VOLUMES_MAX; one = strtok(NULL, ",")) {
		char *filesystem = strchr(one, ':'), *size = strrchr(one, ':');

		if (!filesystem || size == filesystem)
			continue;
		*filesystem++ = '\0';
		*size++ = '\0';
		list[n++] = (struct disk_volume){
			.mount = one,
			.filesystem =
				strcmp(filesystem, "xfs") == 0 ? FILESYSTEM_XFS : FILESYSTEM_EXT4,
			.size_bytes = strtoull(size, NULL, 10),
		};
	}
	return n;
}

static int run_install(char **argv, char *layout, bool bios, bool commit, struct error *err)
{
	struct store s = { 0 };
	const char *args[ARGS_MAX + 1] = { NULL };
	struct install_plan plan = {
		.disk = argv[0],
		.grub_dir = argv[1],
		.source = { store_fetch, &s },
		.kernel_args = args,
		.hostname = "r1",
		.bios = bios,
		.progress = progress_print,
	};
	struct disk_volume volumes[DISK_VOLUMES_MAX];
	struct install_result result;
	auto_install *in = NULL;
	size_t n = 0;
	int r = store_fill(&s, argv + 3, err);

	for (char *word = strtok(argv[2], " "); word && n < ARGS_MAX; word = strtok(NULL, " "))
		args[n++] = word;
	if (layout) {
		plan.n_volumes = volumes_read(layout, volumes);
		plan.volumes = volumes;
	}
	plan.layers = s.layers;
	plan.n_layers = s.n;
	if (r < 0 || (r = install_begin(&plan, &in, err)) < 0 || (r = install_unpack(in, err)) < 0)
		return r;
	if (!commit)
		_exit(0); /* as a power cut would */
	if ((r = install_commit(in, &result, err)) < 0)
		return r;
	result_print(&result);
	return 0;
}

static int esp_write(uint64_t at, const void *p, size_t n, void *arg, struct error *err)
{
	if (pwrite(*(int *)arg, p, n, (off_t)at) != (ssize_t)n)
		return fail(err, errno, "writing");
	return 0;
}

static int run_esp(char **argv, struct error *err)
{
	uint64_t size = strtoull(argv[1], NULL, 10);
	auto_close int fd = open(argv[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	auto_buf loader = { .max = 8 << 20 };
	int r;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return fail(err, errno, "making '%s'", argv[0]);
	if ((r = file_read(argv[3], 8 << 20, &loader, err)) < 0)
		return r;
	return fat_make_esp(size, (uint32_t)strtoul(argv[2], NULL, 10), 0x51170001, loader.data,
		loader.len, esp_write, &fd, err);
}

static int step_print(const char *step, uint64_t done_bytes, uint64_t total_bytes, void *arg)
{
	struct install_progress p = {
		.step = step,
		.done_bytes = done_bytes,
		.total_bytes = total_bytes,
	};

	return progress_print(&p, arg);
}

static int seed_write(struct disk_image *d, const char *text, struct error *err)
{
	const struct iso_file files[] = {
		{ "meta-data", text, strlen(text) },
		{ "user-data", "#cloud-config\n", 14 },
	};
	auto_buf seed = { 0 };
	int r = iso_make("cidata", files, 2, &seed, err);

	return r < 0 ? r : disk_image_seed(d, buf_str(&seed), seed.len, err);
}

static int run_image(char **argv, bool commit, struct error *err)
{
	struct store s = { 0 };
	struct disk_image_plan plan = {
		.disk = argv[0],
		.bios = strcmp(argv[1], "bios") == 0,
		.uefi = strcmp(argv[1], "uefi") == 0,
		.blob = s.layers,
		.source = { store_fetch, &s },
		.progress = step_print,
	};
	auto_disk_image *d = NULL;
	struct disk_image_result result;
	int r = store_add(&s, argv[2], err);

	if (r < 0 || (r = disk_image_begin(&plan, &d, err)) < 0 ||
		(r = disk_image_write(d, err)) < 0 ||
		(r = seed_write(d, argv[3] ? argv[3] : "", err)) < 0)
		return r;
	if (!commit)
		_exit(0); /* as a power cut would */
	if ((r = disk_image_commit(d, &result, err)) < 0)
		return r;
	printf("raw %" PRIu64 "\nwritten %" PRIu64 "\ngrown %d\n", result.raw_bytes,
		result.written_bytes, result.grown);
	return 0;
}

static int run(int argc, char **argv, struct error *err)
{
	char *layout = argc > 1 && strncmp(argv[1], "layout=", 7) == 0 ? argv[1] + 7 : NULL;
	const char *verb;

	argc -= layout != NULL;
	argv += layout != NULL;
	verb = argc > 1 ? argv[1] : "";

	if (argc > 2 && strcmp(verb, "unpack") == 0)
		return run_unpack(argv + 2, err);
	if (argc > 4 && strcmp(verb, "install") == 0)
		return run_install(argv + 2, layout, true, true, err);
	if (argc > 4 && strcmp(verb, "install-uefi") == 0)
		return run_install(argv + 2, layout, false, true, err);
	if (argc > 4 && strcmp(verb, "begin") == 0)
		return run_install(argv + 2, layout, true, false, err);
	if (argc > 4 && strcmp(verb, "image") == 0)
		return run_image(argv + 2, true, err);
	if (argc > 4 && strcmp(verb, "image-begin") == 0)
		return run_image(argv + 2, false, err);
	if (argc == 6 && strcmp(verb, "esp") == 0)
		return run_esp(argv + 2, err);
	return fail(err, EINVAL, "what to do");
}

int main(int argc, char **argv)
{
	struct error err = { 0 };

	if (run(argc, argv, &err) == 0)
		return 0;
	fprintf(stderr, "%s %s\n", err.code[0] ? err.code : "-", err.text);
	return 1;
}
