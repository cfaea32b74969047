// SPDX-License-Identifier: Apache-2.0
/* Signatures on a disk. */
#include "provisioner/agent/disk_holds.h"

#include <blkid/blkid.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PARTITIONS_MAX 256
#define SIGNATURES_MAX 64 /* on one device: a hostile disk could hold many */
#define SAMPLES        16
#define SAMPLE_SIZE    4096
#define EDGE_SIZE      (1u << 20)

static void cleanup_probe(blkid_probe *p)
{
	blkid_free_probe(*p);
}
#define auto_probe __attribute__((cleanup(cleanup_probe))) blkid_probe

static void add_word(struct inventory_disk *d, const char *word)
{
	char lower[sizeof(d->holds[0])];
	size_t n = 0;

	for (; word[n] && n < sizeof(lower) - 1; n++)
		lower[n] = (char)tolower((unsigned char)word[n]);
	lower[n] = '\0';
	for (size_t i = 0; i < d->n_holds; i++)
		if (strcmp(d->holds[i], lower) == 0)
			return;
	if (d->n_holds < DISK_HOLDS_MAX)
		memcpy(d->holds[d->n_holds++], lower, sizeof(lower));
}

static void add_value(struct inventory_disk *d, blkid_probe probe, const char *name)
{
	const char *value = NULL;

	if (blkid_probe_lookup_value(probe, name, &value, NULL) == 0 && value[0])
		add_word(d, value);
}

/* All signatures of one range, not only the best: remains of an older use are data as well. */
static void probe_range(int fd, blkid_loff_t offset, blkid_loff_t size, struct inventory_disk *d)
{
	auto_probe probe = blkid_new_probe();

	if (!probe || blkid_probe_set_device(probe, fd, offset, size) != 0) {
		add_word(d, "unreadable");
		return;
	}
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT);
	for (int i = 0; i < SIGNATURES_MAX; i++) {
		int r = blkid_do_probe(probe);

		if (r < 0)
			add_word(d, "unreadable");
		if (r != 0)
			return;
		add_value(d, probe, "PTTYPE");
		add_value(d, probe, "TYPE");
	}
}

static void probe_partitions(int fd, struct inventory_disk *d)
{
	auto_probe probe = blkid_new_probe();
	blkid_partlist list = NULL;
	int n;

	if (!probe || blkid_probe_set_device(probe, fd, 0, 0) != 0)
		return; /* probe_range has told of it */
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT);
	if (blkid_do_fullprobe(probe) == 0)
		list = blkid_probe_get_partitions(probe);
	n = list ? blkid_partlist_numof_partitions(list) : 0;
	for (int i = 0; i < n && i < PARTITIONS_MAX; i++) {
		blkid_partition part = blkid_partlist_get_partition(list, i);

		if (!blkid_partition_is_extended(part))
			probe_range(fd, blkid_partition_get_start(part) * 512,
				blkid_partition_get_size(part) * 512, d);
	}
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static bool range_is_zero(int fd, uint64_t offset, uint8_t *room, size_t n)
{
	ssize_t got = pread(fd, room, n, (off_t)offset);

	return got >= 0 && is_zero(room, (size_t)got);
}

/* Both ends whole, for that is where every format keeps something, and samples between. */
static bool looks_blank(int fd, uint64_t size_bytes)
{
	auto_free uint8_t *room = malloc(EDGE_SIZE);
	uint64_t tail = size_bytes > EDGE_SIZE ? size_bytes - EDGE_SIZE : 0;

	if (!room || !range_is_zero(fd, 0, room, EDGE_SIZE) ||
		!range_is_zero(fd, tail, room, EDGE_SIZE))
		return false;
	for (uint64_t i = 1; i <= SAMPLES; i++) {
		uint64_t at = size_bytes / (SAMPLES + 1) * i / SAMPLE_SIZE * SAMPLE_SIZE;

		if (!range_is_zero(fd, at, room, SAMPLE_SIZE))
			return false;
	}
	return true;
}

void disk_holds_read(const char *path, struct inventory_disk *d)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	d->n_holds = 0;
	if (fd < 0) {
		add_word(d, "unreadable");
		return;
	}
	probe_range(fd, 0, 0, d);
	probe_partitions(fd, d);
	if (d->n_holds == 0 && !looks_blank(fd, d->size_bytes))
		add_word(d, "unknown");
}
