// SPDX-License-Identifier: Apache-2.0
/* Finds the kernel and initrd of an unpacked image. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "images/kernel.h"
#include "images/target.h"

/* Where distributions put kernels: a folder, and what surrounds the version in a name there. */
static const struct kernel_place {
	const char *dir;
	const char *prefix; /* of a file in dir; NULL: each folder of dir is a version */
	const char *file;   /* in the version's folder */
} kernel_places[] = {
	{ "/boot", "vmlinuz-", NULL },           /* Debian, Fedora, SUSE, Alpine */
	{ "/usr/lib/modules", NULL, "vmlinuz" }, /* bootc, Fedora, Arch */
};

/* Initrds by version, in the folders above. */
static const char *const initrd_places[] = {
	"/boot/initrd.img-%s",               /* Debian */
	"/boot/initramfs-%s.img",            /* Fedora, Arch */
	"/boot/initrd-%s",                   /* SUSE */
	"/boot/initramfs-%s",                /* Alpine */
	"/usr/lib/modules/%s/initramfs.img", /* bootc */
	"/usr/lib/modules/%s/initrd",
};

/* Links without a version. The first are Debian's: those that its kernel packages make unless they
 * are told otherwise (kernel-img.conf(5)). */
static const struct kernel_links {
	const char *kernel, *initrd;
} kernel_links[] = {
	{ "/vmlinuz", "/initrd.img" },
	{ "/boot/vmlinuz", "/boot/initrd.img" },
	{ "/boot/vmlinuz", "/boot/initrd" },
};
#define N_LINKS     (sizeof(kernel_links) / sizeof(kernel_links[0]))
#define DEBIAN_BOOT "/boot/initrd.img-"

static bool is_file(int root_fd, const char *path)
{
	struct error ignored;
	auto_close int fd = target_resolve(root_fd, path, O_PATH, &ignored);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

static void initrd_find(int root_fd, struct kernel *k)
{
	for (size_t i = 0; i < sizeof(initrd_places) / sizeof(initrd_places[0]); i++) {
		const char *mark = strchr(initrd_places[i], '%');

		(void)snprintf(k->initrd, sizeof(k->initrd), "%.*s%s%s",
			(int)(mark - initrd_places[i]), initrd_places[i], k->version, mark + 2);
		if (is_file(root_fd, k->initrd))
			return;
	}
	k->initrd[0] = '\0';
}

/* True where a is to be taken before b: an initrd, then the higher version. */
static bool kernel_is_better(const struct kernel *a, const struct kernel *b)
{
	if (!b->kernel[0] || !a->initrd[0] != !b->initrd[0])
		return !b->kernel[0] || a->initrd[0];
	return strverscmp(a->version, b->version) > 0;
}

static void place_search(int root_fd, const struct kernel_place *place, struct kernel *best)
{
	struct error ignored;
	int fd = target_resolve(root_fd, place->dir, O_RDONLY | O_DIRECTORY, &ignored);
	auto_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t prefix = place->prefix ? strlen(place->prefix) : 0;
	struct dirent *e;

	if (fd >= 0 && !dir)
		(void)close(fd); /* only read */
	while (dir && (e = readdir(dir))) {
		struct kernel k = { 0 };

		if (e->d_name[0] == '.' || strlen(e->d_name) >= sizeof(k.version) ||
			(prefix && strncmp(e->d_name, place->prefix, prefix) != 0))
			continue;
		(void)snprintf(k.version, sizeof(k.version), "%s", e->d_name + prefix);
		(void)snprintf(k.kernel, sizeof(k.kernel), "%s/%s%s%s", place->dir, e->d_name,
			place->file ? "/" : "", place->file ? place->file : "");
		if (!is_file(root_fd, k.kernel))
			continue;
		initrd_find(root_fd, &k);
		if (kernel_is_better(&k, best))
			*best = k;
	}
}

static bool links_are_there(int root_fd, const struct kernel_links *l)
{
	return is_file(root_fd, l->kernel) && is_file(root_fd, l->initrd);
}

static struct kernel kernel_of_links(const struct kernel_links *l)
{
	struct kernel k = { 0 };

	(void)snprintf(k.kernel, sizeof(k.kernel), "%s", l->kernel);
	(void)snprintf(k.initrd, sizeof(k.initrd), "%s", l->initrd);
	return k;
}

static bool is_same_file(int root_fd, const char *a, const char *b)
{
	struct error ignored;
	auto_close int a_fd = target_resolve(root_fd, a, O_PATH, &ignored);
	auto_close int b_fd = target_resolve(root_fd, b, O_PATH, &ignored);
	struct stat a_st, b_st;

	return a_fd >= 0 && b_fd >= 0 && fstat(a_fd, &a_st) == 0 && fstat(b_fd, &b_st) == 0 &&
	       a_st.st_dev == b_st.st_dev && a_st.st_ino == b_st.st_ino;
}

/* A kernel that a later upgrade brings is started by the links. Such that lead to another kernel
 * now are not followed: what was installed would not be what starts next. */
static void links_choose(int root_fd, struct kernel *k)
{
	for (size_t i = 0; i < N_LINKS; i++) {
		const struct kernel_links *l = &kernel_links[i];

		if (!links_are_there(root_fd, l))
			continue;
		if (is_same_file(root_fd, l->kernel, k->kernel) &&
			is_same_file(root_fd, l->initrd, k->initrd)) {
			k->kernel_link = l->kernel;
			k->initrd_link = l->initrd;
		}
		return;
	}
	if (strncmp(k->initrd, DEBIAN_BOOT, strlen(DEBIAN_BOOT)) == 0) {
		k->kernel_link = kernel_links[0].kernel;
		k->initrd_link = kernel_links[0].initrd;
	}
}

int kernel_find(int root_fd, struct kernel *ret, struct error *err)
{
	struct kernel best = { 0 };

	for (size_t i = 0; i < sizeof(kernel_places) / sizeof(kernel_places[0]); i++)
		place_search(root_fd, &kernel_places[i], &best);
	for (size_t i = 0; i < N_LINKS; i++)
		if (!best.initrd[0] && links_are_there(root_fd, &kernel_links[i]))
			best = kernel_of_links(&kernel_links[i]);
	if (!best.kernel[0]) {
		fail_code(err, ENOENT, "SW-3012",
			"the image has no kernel: nothing like /boot/vmlinuz-* or "
			"/usr/lib/modules/*/vmlinuz");
		return fail_hint(err,
			"install a kernel package (linux-image-amd64) when building the image");
	}
	if (best.version[0] && best.initrd[0])
		links_choose(root_fd, &best);
	*ret = best;
	return 0;
}
