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

/* Links without a version. */
static const struct kernel kernel_links[] = {
	{ "", "/vmlinuz", "/initrd.img" },
	{ "", "/boot/vmlinuz", "/boot/initrd.img" },
	{ "", "/boot/vmlinuz", "/boot/initrd" },
};

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

int kernel_find(int root_fd, struct kernel *ret, struct error *err)
{
	struct kernel best = { 0 };

	for (size_t i = 0; i < sizeof(kernel_places) / sizeof(kernel_places[0]); i++)
		place_search(root_fd, &kernel_places[i], &best);
	for (size_t i = 0; i < sizeof(kernel_links) / sizeof(kernel_links[0]); i++)
		if (!best.initrd[0] && is_file(root_fd, kernel_links[i].kernel) &&
			is_file(root_fd, kernel_links[i].initrd))
			best = kernel_links[i];
	if (!best.kernel[0]) {
		fail_code(err, ENOENT, "SW-3012",
			"the image has no kernel: nothing like /boot/vmlinuz-* or "
			"/usr/lib/modules/*/vmlinuz");
		return fail_hint(err,
			"install a kernel package (linux-image-amd64) when building the image");
	}
	*ret = best;
	return 0;
}
