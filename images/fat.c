// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the EFI system partition. On the disk, in this order:
 *
 *	sector 0   boot sector; 1 FSInfo; 6 and 7 their copies; 32 reserved sectors in all
 *	FAT, FAT   two copies, one 32-bit entry a cluster
 *	cluster 2  root folder: volume label, EFI
 *	cluster 3  EFI: ., .., BOOT
 *	cluster 4  BOOT: ., .., BOOTX64.EFI
 *	cluster 5  the loader, in one run
 */
#include <endian.h>
#include <string.h>

#include "base/cleanup.h"
#include "images/fat.h"

#define RESERVED_SECTORS 32
#define CLUSTER_BYTES    4096
#define FIRST_CLUSTER    2
#define CLUSTERS_MIN     65525 /* fewer would be read as FAT16 */
#define CLUSTERS_MAX     0x0ffffff5
#define END_OF_CHAIN     0x0fffffff
#define MEDIA            0xf8
#define ATTR_LABEL       0x08
#define ATTR_FOLDER      0x10
#define ATTR_ARCHIVE     0x20
#define DATE_1980        0x0021 /* the same bytes each time: the first day FAT knows */
#define LABEL            "SLIPWAY ESP"

enum { CLUSTER_ROOT = FIRST_CLUSTER, CLUSTER_EFI, CLUSTER_BOOT, CLUSTER_LOADER };

struct boot_sector {
	uint8_t jump[3];
	char oem[8];
	uint16_t sector_bytes;
	uint8_t cluster_sectors;
	uint16_t reserved_sectors;
	uint8_t fats;
	uint16_t root_entries, sectors16; /* both 0: FAT32 */
	uint8_t media;
	uint16_t fat_sectors16; /* 0: FAT32 */
	uint16_t track_sectors, heads;
	uint32_t hidden_sectors, sectors32;
	uint32_t fat_sectors;
	uint16_t flags, version;
	uint32_t root_cluster;
	uint16_t info_sector, backup_sector;
	uint8_t reserved[12];
	uint8_t drive, reserved1, extended;
	uint32_t volume_id;
	char label[11];
	char type[8];
	uint8_t code[420];
	uint16_t signature;
} __attribute__((packed));

struct info_sector {
	uint32_t lead;
	uint8_t reserved[480];
	uint32_t structure, free_clusters, next_free;
	uint8_t reserved1[14];
	uint16_t signature;
} __attribute__((packed));

struct folder_entry {
	char name[11];
	uint8_t attributes, reserved, tenths;
	uint16_t made_time, made_date, read_date, cluster_high;
	uint16_t written_time, written_date, cluster_low;
	uint32_t size_bytes;
} __attribute__((packed));

_Static_assert(sizeof(struct boot_sector) == 512, "as on the disk");
_Static_assert(sizeof(struct info_sector) == 512, "as on the disk");
_Static_assert(sizeof(struct folder_entry) == 32, "as on the disk");

struct fat {
	uint32_t sector;
	uint32_t sectors;
	uint32_t fat_sectors; /* of one copy */
	uint32_t clusters;
	uint32_t volume_id;
	const void *loader;
	size_t loader_size;
	fat_write write;
	void *write_arg;
};

static uint32_t loader_clusters(const struct fat *f)
{
	return (uint32_t)((f->loader_size + CLUSTER_BYTES - 1) / CLUSTER_BYTES);
}

static uint64_t cluster_at(const struct fat *f, uint32_t cluster)
{
	return (RESERVED_SECTORS + 2 * (uint64_t)f->fat_sectors) * f->sector +
	       (uint64_t)(cluster - FIRST_CLUSTER) * CLUSTER_BYTES;
}

static int fat_plan(struct fat *f, uint64_t size_bytes, struct error *err)
{
	uint64_t clusters, data;

	if (size_bytes / f->sector > UINT32_MAX)
		return fail(err, EINVAL, "a FAT32 file system of %u-byte sectors", f->sector);
	f->sectors = (uint32_t)(size_bytes / f->sector);
	/* A table for more clusters than there can be is allowed, and is what this gives. */
	clusters = size_bytes / CLUSTER_BYTES;
	f->fat_sectors = (uint32_t)(((clusters + FIRST_CLUSTER) * 4 + f->sector - 1) / f->sector);
	data = cluster_at(f, FIRST_CLUSTER);
	clusters = data < size_bytes ? (size_bytes - data) / CLUSTER_BYTES : 0;
	if (clusters < CLUSTERS_MIN || clusters > CLUSTERS_MAX)
		return fail(err, EINVAL, "a FAT32 file system of this size");
	if (f->loader_size == 0 || loader_clusters(f) > clusters - CLUSTER_LOADER)
		return fail(err, ENOSPC, "putting the boot loader into the EFI system partition");
	f->clusters = (uint32_t)clusters;
	return 0;
}

static int boot_sectors_write(const struct fat *f, struct error *err)
{
	struct boot_sector b = {
		.jump = { 0xeb, 0x58, 0x90 },
		.oem = "SLIPWAY ",
		.sector_bytes = htole16((uint16_t)f->sector),
		.cluster_sectors = (uint8_t)(CLUSTER_BYTES / f->sector),
		.reserved_sectors = htole16(RESERVED_SECTORS),
		.fats = 2,
		.media = MEDIA,
		.track_sectors = htole16(63),
		.heads = htole16(255),
		.sectors32 = htole32(f->sectors),
		.fat_sectors = htole32(f->fat_sectors),
		.root_cluster = htole32(CLUSTER_ROOT),
		.info_sector = htole16(1),
		.backup_sector = htole16(6),
		.drive = 0x80,
		.extended = 0x29,
		.volume_id = htole32(f->volume_id),
		.type = "FAT32   ",
		.signature = htole16(0xaa55),
	};
	struct info_sector info = {
		.lead = htole32(0x41615252),
		.structure = htole32(0x61417272),
		.free_clusters = htole32(
			f->clusters - (CLUSTER_LOADER - FIRST_CLUSTER) - loader_clusters(f)),
		.next_free = htole32(CLUSTER_LOADER + loader_clusters(f)),
		.signature = htole16(0xaa55),
	};
	auto_free uint8_t *area = calloc(RESERVED_SECTORS, f->sector);

	if (!area)
		return fail_memory(err);
	memcpy(b.label, LABEL, sizeof(b.label));
	memcpy(area, &b, sizeof(b));
	memcpy(area + f->sector, &info, sizeof(info));
	memcpy(area + 6 * f->sector, &b, sizeof(b));
	memcpy(area + 7 * f->sector, &info, sizeof(info));
	return f->write(0, area, (size_t)RESERVED_SECTORS * f->sector, f->write_arg, err);
}

static int tables_write(const struct fat *f, struct error *err)
{
	size_t size = (size_t)f->fat_sectors * f->sector;
	auto_free uint32_t *table = calloc(1, size);
	uint32_t last = CLUSTER_LOADER + loader_clusters(f) - 1;
	uint64_t at = (uint64_t)RESERVED_SECTORS * f->sector;
	int r;

	if (!table)
		return fail_memory(err);
	table[0] = htole32(0x0fffff00 | MEDIA);
	table[1] = htole32(END_OF_CHAIN);
	for (uint32_t c = CLUSTER_ROOT; c < CLUSTER_LOADER; c++)
		table[c] = htole32(END_OF_CHAIN);
	for (uint32_t c = CLUSTER_LOADER; c <= last; c++)
		table[c] = htole32(c == last ? END_OF_CHAIN : c + 1);
	if ((r = f->write(at, table, size, f->write_arg, err)) < 0)
		return r;
	return f->write(at + size, table, size, f->write_arg, err);
}

static struct folder_entry entry(
	const char *name, uint8_t attributes, uint32_t cluster, uint32_t size_bytes)
{
	struct folder_entry e = {
		.attributes = attributes,
		.made_date = htole16(DATE_1980),
		.read_date = htole16(DATE_1980),
		.written_date = htole16(DATE_1980),
		.cluster_high = htole16((uint16_t)(cluster >> 16)),
		.cluster_low = htole16((uint16_t)cluster),
		.size_bytes = htole32(size_bytes),
	};

	memcpy(e.name, name, sizeof(e.name));
	return e;
}

static int folder_write(const struct fat *f, uint32_t cluster, const struct folder_entry *entries,
	size_t n, struct error *err)
{
	auto_free uint8_t *area = calloc(1, CLUSTER_BYTES);

	if (!area)
		return fail_memory(err);
	memcpy(area, entries, n * sizeof(*entries));
	return f->write(cluster_at(f, cluster), area, CLUSTER_BYTES, f->write_arg, err);
}

static int tree_write(const struct fat *f, struct error *err)
{
	struct folder_entry root[] = {
		entry(LABEL, ATTR_LABEL, 0, 0),
		entry("EFI        ", ATTR_FOLDER, CLUSTER_EFI, 0),
	};
	struct folder_entry efi[] = {
		entry(".          ", ATTR_FOLDER, CLUSTER_EFI, 0),
		entry("..         ", ATTR_FOLDER, 0, 0), /* 0 stands for the root */
		entry("BOOT       ", ATTR_FOLDER, CLUSTER_BOOT, 0),
	};
	struct folder_entry boot[] = {
		entry(".          ", ATTR_FOLDER, CLUSTER_BOOT, 0),
		entry("..         ", ATTR_FOLDER, CLUSTER_EFI, 0),
		entry("BOOTX64 EFI", ATTR_ARCHIVE, CLUSTER_LOADER, (uint32_t)f->loader_size),
	};
	int r;

	if ((r = folder_write(f, CLUSTER_ROOT, root, 2, err)) < 0 ||
		(r = folder_write(f, CLUSTER_EFI, efi, 3, err)) < 0 ||
		(r = folder_write(f, CLUSTER_BOOT, boot, 3, err)) < 0)
		return r;
	return f->write(
		cluster_at(f, CLUSTER_LOADER), f->loader, f->loader_size, f->write_arg, err);
}

int fat_make_esp(uint64_t size_bytes, uint32_t sector, uint32_t volume_id, const void *loader,
	size_t loader_size, fat_write write, void *write_arg, struct error *err)
{
	struct fat f = {
		.sector = sector,
		.volume_id = volume_id,
		.loader = loader,
		.loader_size = loader_size,
		.write = write,
		.write_arg = write_arg,
	};
	int r;

	if ((r = fat_plan(&f, size_bytes, err)) < 0 || (r = boot_sectors_write(&f, err)) < 0 ||
		(r = tables_write(&f, err)) < 0)
		return r;
	return tree_write(&f, err);
}
