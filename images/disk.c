// SPDX-License-Identifier: Apache-2.0
/* The disk an installation writes. */
#include <blkid/blkid.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "images/disk.h"

#define MIB            (UINT64_C(1) << 20)
#define DISCARD_PIECE  (UINT64_C(64) << 30)
#define DISCARD_MAX_MS 30000
#define PARTITION_MAX  256 /* of an old table */
#define SIGNATURES_MAX 64
#define NAME_SIZE      256 /* of a file, with its NUL */

int disk_open(struct disk *d, const char *path, struct error *err)
{
	uint64_t size;
	int sector;
	auto_close int probe = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (probe < 0 && errno == EBUSY) {
		fail_code(err, EBUSY, "SW-3007", "'%s' is in use; nothing was written", path);
		return fail_hint(err, "something has it or a partition of it mounted or assembled");
	}
	if (probe < 0)
		return fail(err, errno, "opening disk '%s'", path);
	if (strlen(path) >= sizeof(d->path))
		return fail(err, ENAMETOOLONG, "opening disk '%s'", path);
	if (ioctl(probe, BLKGETSIZE64, &size) < 0 || ioctl(probe, BLKSSZGET, &sector) < 0)
		return fail(err, errno, "asking disk '%s' for its size", path);
	d->layout = (struct disk_layout){ .size_bytes = size, .sector = (uint32_t)sector };
	/* Partitions are mounted later, so the claim on the whole disk is not kept. */
	d->fd = open(path, O_RDWR | O_CLOEXEC);
	if (d->fd < 0)
		return fail(err, errno, "opening disk '%s'", path);
	(void)strncpy(d->path, path, sizeof(d->path) - 1); /* length checked above */
	return 0;
}

int disk_lay_out(struct disk *d, const struct disk_request *want, struct error *err)
{
	int r = disk_layout_plan(d->layout.size_bytes, d->layout.sector, want, &d->layout, err);

	return r < 0 ? fail_in(err, "laying out '%s'", d->path) : 0;
}

/* "/sys/dev/block/8:0/" and what follows; returns out. */
static const char *disk_sysfs(
	const struct disk *d, const char *rest, char out[static DISK_PATH_MAX])
{
	struct stat st = { 0 };

	(void)fstat(d->fd, &st); /* an open fd; 0:0 names nothing */
	(void)snprintf(out, DISK_PATH_MAX, "/sys/dev/block/%u:%u/%s", major(st.st_rdev),
		minor(st.st_rdev), rest);
	return out;
}

static int blkpg(const struct disk *d, int op, struct blkpg_partition *p)
{
	struct blkpg_ioctl_arg arg = { .op = op, .datalen = sizeof(*p), .data = p };

	return ioctl(d->fd, BLKPG, &arg) < 0 ? -errno : 0;
}

/* Makes the kernel forget the partitions of the old table. */
static int partitions_forget(struct disk *d, struct error *err)
{
	for (int i = 1; i <= PARTITION_MAX; i++) {
		struct blkpg_partition p = { .pno = i };
		int r = blkpg(d, BLKPG_DEL_PARTITION, &p);

		if (r == -EBUSY)
			return fail_code(err, EBUSY, "SW-3007",
				"partition %d of '%s' is in use; nothing was written", i, d->path);
		if (r < 0 && r != -ENXIO)
			return fail(err, -r, "forgetting partition %d of '%s'", i, d->path);
	}
	return 0;
}

int disk_write(const struct disk *d, uint64_t at, const void *p, size_t n, struct error *err)
{
	const uint8_t *bytes = p;

	while (n > 0) {
		ssize_t w = pwrite(d->fd, bytes, n, (off_t)at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return fail(err, w < 0 ? errno : EIO, "writing '%s' at byte %" PRIu64,
				d->path, at);
		bytes += w;
		at += (uint64_t)w;
		n -= (size_t)w;
	}
	return 0;
}

static int disk_sync(const struct disk *d, struct error *err)
{
	return fsync(d->fd) < 0 ? fail(err, errno, "flushing '%s'", d->path) : 0;
}

/* Finds and erases the magic bytes of anything libblkid knows, wherever on the disk they lie. */
static int signatures_erase(struct disk *d, struct error *err)
{
	blkid_probe pr = blkid_new_probe();
	int r = 0;

	if (!pr)
		return fail_memory(err);
	if (blkid_probe_set_device(pr, d->fd, 0, 0) < 0)
		r = fail(err, EIO, "probing '%s'", d->path);
	(void)blkid_probe_enable_superblocks(pr, 1); /* these three cannot fail */
	(void)blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
	(void)blkid_probe_enable_partitions(pr, 1);
	(void)blkid_probe_set_partitions_flags(pr, BLKID_PARTS_MAGIC);
	for (int i = 0; r == 0 && i < SIGNATURES_MAX && blkid_do_probe(pr) == 0; i++)
		if (blkid_do_wipe(pr, 0) < 0)
			r = fail(err, EIO, "erasing an old signature on '%s'", d->path);
	blkid_free_probe(pr);
	return r;
}

/* Discards the whole disk where that is quick; a disk that cannot is none the worse. */
static void disk_discard(const struct disk *d)
{
	int64_t end = monotonic_ms() + DISCARD_MAX_MS;
	uint64_t size = d->layout.size_bytes;

	for (uint64_t at = 0; at < size && monotonic_ms() < end; at += DISCARD_PIECE) {
		uint64_t range[2] = { at, size - at < DISCARD_PIECE ? size - at : DISCARD_PIECE };

		if (ioctl(d->fd, BLKDISCARD, range) < 0)
			return;
	}
}

static int ends_clear(
	const struct disk *d, uint64_t at, uint64_t size, const uint8_t *zeros, struct error *err)
{
	int r = disk_write(d, at, zeros, MIB, err);

	return r < 0 ? r : disk_write(d, at + size - MIB, zeros, MIB, err);
}

/* An old file system or RAID member that ended where a partition of ours ends would be found
 * beside our own. */
static int everything_clear(const struct disk *d, const uint8_t *zeros, struct error *err)
{
	int r = ends_clear(d, 0, d->layout.size_bytes, zeros, err);

	for (size_t i = 0; r == 0 && i < d->layout.n_parts; i++)
		r = ends_clear(
			d, d->layout.part[i].start_bytes, d->layout.part[i].size_bytes, zeros, err);
	return r < 0 ? r : disk_sync(d, err);
}

int disk_wipe(struct disk *d, bool keep, struct error *err)
{
	auto_free uint8_t *zeros = calloc(1, MIB);
	int r;

	if (!zeros)
		return fail_memory(err);
	if ((r = partitions_forget(d, err)) < 0)
		return r;
	/* First what the firmware starts from, then the rest of what anyone would recognise. */
	if ((r = disk_write(d, 0, zeros, MIB, err)) < 0 || (r = disk_sync(d, err)) < 0 ||
		(r = signatures_erase(d, err)) < 0 || (r = disk_sync(d, err)) < 0)
		return r;
	if (!keep)
		disk_discard(d);
	/* A disk may show old bytes again after a discard, so what must be gone is made zero. */
	return everything_clear(d, zeros, err);
}

int disk_add_partitions(struct disk *d, struct error *err)
{
	for (int i = 0; i < (int)d->layout.n_parts; i++) {
		struct blkpg_partition p = {
			.start = (long long)d->layout.part[i].start_bytes,
			.length = (long long)d->layout.part[i].size_bytes,
			.pno = i + 1,
		};
		int r = blkpg(d, BLKPG_ADD_PARTITION, &p);

		if (r < 0)
			return fail(err, -r, "telling the kernel of partition %d of '%s'", i + 1,
				d->path);
	}
	d->partitioned = true;
	return 0;
}

/* The kernel's name of a partition: "sda3", "nvme0n1p3". -ENOENT where it has none such. */
static int partition_name(const struct disk *d, size_t part, char out[static NAME_SIZE])
{
	char path[DISK_PATH_MAX];
	auto_dir DIR *dir = opendir(disk_sysfs(d, "", path));
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		auto_buf text = { .max = 32 };
		char file[sizeof(e->d_name) + sizeof("/partition")];
		struct error ignored;

		(void)snprintf(file, sizeof(file), "%s/partition", e->d_name);
		if (file_read_at(dirfd(dir), file, 16, &text, &ignored) < 0 ||
			strtol(buf_str(&text), NULL, 10) != (long)part + 1)
			continue;
		(void)snprintf(out, NAME_SIZE, "%s", e->d_name);
		return 0;
	}
	return -ENOENT;
}

static int partition_device(const struct disk *d, const char *name, dev_t *ret)
{
	char path[DISK_PATH_MAX], rest[NAME_SIZE + sizeof("/dev")];
	auto_buf text = { .max = 32 };
	struct error ignored;
	unsigned int maj, min;

	(void)snprintf(rest, sizeof(rest), "%s/dev", name);
	if (file_read(disk_sysfs(d, rest, path), 16, &text, &ignored) < 0 ||
		sscanf(buf_str(&text), "%u:%u", &maj, &min) != 2)
		return -ENOENT;
	*ret = makedev(maj, min);
	return 0;
}

static bool is_node_of(const char *path, dev_t device)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == device;
}

/* devtmpfs makes a node before BLKPG returns; a missing or stale one is made here. */
static int node_make(const char *path, dev_t device, struct error *err)
{
	if (is_node_of(path, device))
		return 0;
	(void)unlink(path); /* mknod tells if this did not help */
	if (mknod(path, S_IFBLK | 0600, device) < 0)
		return fail(err, errno, "making '%s'", path);
	return 0;
}

int disk_partition_path(
	const struct disk *d, size_t part, char out[static DISK_PATH_MAX], struct error *err)
{
	char name[NAME_SIZE];
	dev_t device;
	int r = partition_name(d, part, name);

	if (r == 0)
		r = partition_device(d, name, &device);
	if (r < 0)
		return fail(err, -r, "finding partition %d of '%s'", (int)part + 1, d->path);
	(void)snprintf(out, DISK_PATH_MAX, "/dev/%s", name);
	return node_make(out, device, err);
}

int disk_partition_write(
	const struct disk *d, size_t part, uint64_t at, const void *p, size_t n, struct error *err)
{
	const struct disk_extent *e = &d->layout.part[part];

	if (at > e->size_bytes || n > e->size_bytes - at)
		return fail(
			err, ENOSPC, "writing into partition %d of '%s'", (int)part + 1, d->path);
	return disk_write(d, e->start_bytes + at, p, n, err);
}

int disk_put_table(const struct disk *d, const struct disk_table *t, struct error *err)
{
	uint64_t tail_at = d->layout.size_bytes - t->tail_size;
	uint32_t sector = d->layout.sector;
	int r;

	if ((r = disk_sync(d, err)) < 0 ||
		(r = disk_write(d, tail_at, t->tail, t->tail_size, err)) < 0 ||
		(r = disk_write(d, sector, t->head + sector, t->head_size - sector, err)) < 0 ||
		(r = disk_sync(d, err)) < 0 || (r = disk_write(d, 0, t->head, sector, err)) < 0 ||
		(r = disk_sync(d, err)) < 0)
		return fail_in(err, "making '%s' bootable", d->path);
	return 0; /* the kernel has the same partitions already, or none */
}

int disk_commit(struct disk *d, const uint8_t *boot_code, struct error *err)
{
	auto_disk_table t = { 0 };
	int r = disk_table_make(&d->layout, &t, err);

	if (r < 0)
		return r;
	if (boot_code)
		memcpy(t.head, boot_code, DISK_BOOT_BYTES);
	return disk_put_table(d, &t, err);
}

void disk_done(struct disk *d)
{
	if (d->fd >= 0)
		(void)close(d->fd); /* what counts was synced and checked */
	d->fd = -1;
}
