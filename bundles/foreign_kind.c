// SPDX-License-Identifier: Apache-2.0
/*
 * What a file is, by what is in it. A disk is known by qcow2's magic or by the boot signature of
 * its first sector. Of an archive the first name decides that stands in one of two lists: what the
 * writers of image archives use at its top, and the top folders of a Linux system (hier(7)).
 */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bundles/foreign.h"
#include "bundles/qcow2.h"
#include "bundles/rootfs_archive.h"
#include "bundles/statement.h"
#include "bundles/tree.h"

#define SECTOR       512
#define BOOT_MARK    510 /* where a partition table's sector ends with 55 AA */
#define HEX_MAX      64
#define TAR_MAGIC_AT 257
#define SEEN_MAX     100000 /* entries of an archive that are looked at */

static const char *const image_names[] = { "oci-layout", "index.json", "blobs", "manifest.json",
	"repositories", NULL };
static const char *const system_names[] = { "bin", "boot", "dev", "etc", "home", "lib", "lib32",
	"lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr",
	"var", NULL };

static bool is_one_of(const char *const *names, const char *name, size_t n)
{
	for (; *names; names++)
		if (strlen(*names) == n && strncmp(*names, name, n) == 0)
			return true;
	return false;
}

/* 'docker save' names folders and files by digests: HEX, HEX.json, HEX.tar. */
static bool is_hex_name(const char *name, size_t n)
{
	size_t hex = strspn(name, "0123456789abcdef");

	return hex == HEX_MAX && (n == hex || name[hex] == '.');
}

/* 0: *ret; 1: this name says nothing. */
static int name_judge(const char *path, enum foreign_kind *ret, struct error *err)
{
	size_t n = strcspn(path, "/");

	if (strcmp(path, STATEMENT_FILE) == 0) {
		(void)fail_code(err, EBADMSG, "SW-2036", "it is a bundle");
		return fail_hint(
			err, "Import it without --unsigned, so that its signature counts.");
	}
	if (is_one_of(image_names, path, n) || is_hex_name(path, n)) {
		*ret = FOREIGN_IMAGES;
		return 0;
	}
	*ret = FOREIGN_ROOTFS;
	return !is_one_of(system_names, path, n);
}

static int fail_unknown(struct error *err)
{
	(void)fail_code(err, EBADMSG, "SW-2036",
		"it is no archive of images, no root file system's archive and no disk image");
	return fail_hint(err, "What can be taken in: 'docker save' and 'podman save' archives, OCI "
			      "layouts and their archives, k3s airgap archives, hauls, root file "
			      "systems as tar, raw and qcow2 disks.");
}

static int archive_judge(const char *path, enum foreign_kind *ret, struct error *err)
{
	struct rootfs_archive in = { 0 };
	struct archive_entry *e;
	struct error why = { 0 };
	auto_utf8 utf8 = { 0 };
	int r = utf8_enter(&utf8, err);
	int found = 1;

	if (r == 0)
		r = rootfs_archive_open(&in, path, &why);
	for (size_t i = 0; r == 0 && found == 1 && i < SEEN_MAX; i++) {
		r = rootfs_archive_next(&in, &e, &why);
		if (r == 0)
			found = name_judge(tree_tidy((char *)archive_entry_pathname(e)), ret, err);
	}
	rootfs_archive_close(&in);
	if (r < 0 && why.number == 0)
		return r;
	if (r < 0)
		(void)fail_code(err, EBADMSG, "SW-2036", "it cannot be read: %s", why.text);
	if (r < 0)
		return fail_hint(err, "Copy it again: it is damaged, or it is no archive.");
	return found == 1 ? fail_unknown(err) : found;
}

static bool is_disk(int fd)
{
	uint8_t head[SECTOR] = { 0 };

	if (qcow2_is(fd))
		return true;
	return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       head[BOOT_MARK] == 0x55 && head[BOOT_MARK + 1] == 0xaa &&
	       memcmp(head + TAR_MAGIC_AT, "ustar", 5) != 0;
}

int foreign_kind_find(const char *path, enum foreign_kind *ret, struct error *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(err, errno, "opening '%s'", path);
	*ret = FOREIGN_IMAGES;
	if (S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode))
		return fail_code(
			err, EBADMSG, "SW-2036", "'%s' is neither a file nor a folder", path);
	if (is_disk(fd))
		*ret = FOREIGN_DISK;
	else if (archive_judge(path, ret, err) < 0)
		return fail_in(err, "'%s'", path);
	return 0;
}
