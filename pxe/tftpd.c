// SPDX-License-Identifier: Apache-2.0
/* in.tftpd: its folder, its /dev, its command line. */
#include "pxe/tftpd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "pxe/arch.h"

#define LOADER_MAX (4u << 20) /* bytes; iPXE's are below 1 MiB */

/* -- the folder -- */

static int loader_copy(
	const char *dir, const char *const *sources, const char *name, struct error *err)
{
	char from[TFTPD_PATH_MAX] = "", to[TFTPD_PATH_MAX];
	auto_buf content = { .max = LOADER_MAX };

	for (size_t i = 0; sources[i]; i++) {
		snprintf(from, sizeof(from), "%s/%s", sources[i], name);
		if (file_exists(from))
			break;
	}
	snprintf(to, sizeof(to), "%s/%s", dir, name);

	int res = file_read(from, LOADER_MAX, &content, err);

	if (res == 0)
		res = file_write(to, buf_str(&content), content.len, 0444, err);
	if (res < 0)
		(void)fail_in(err, "copying the loader %s", name);
	return res == -ENOENT ? fail_hint(err, "It comes with the package ipxe: apt install ipxe")
			      : res;
}

int tftpd_fill(const char *dir, const char *const *sources, struct error *err)
{
	int res = remove_tree(dir, err);

	if (res == 0)
		res = make_dirs(dir, 0755, err);
	for (const struct pxe_arch *a = pxe_archs; a->name && res == 0; a++)
		if (a->loader)
			res = loader_copy(dir, sources, a->loader, err);
	return res;
}

/* -- its /dev -- */

int tftpd_dev_open(const char *dev_dir, int *ret_fd, struct error *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char null_path[TFTPD_PATH_MAX];
	int res = make_dirs(dev_dir, 0755, err);

	if (res < 0)
		return res;
	if (snprintf(at.sun_path, sizeof(at.sun_path), "%s/log", dev_dir) >=
		(int)sizeof(at.sun_path))
		return fail(err, ENAMETOOLONG, "'%s/log'", dev_dir);
	snprintf(null_path, sizeof(null_path), "%s/null", dev_dir);

	auto_close int null = open(null_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	auto_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (null < 0)
		return fail(err, errno, "creating '%s'", null_path);
	if (fd < 0)
		return fail(err, errno, "opening a unix socket");
	if (unlink(at.sun_path) < 0 && errno != ENOENT)
		return fail(err, errno, "removing '%s'", at.sun_path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return fail(err, errno, "binding '%s'", at.sun_path);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* Runs between fork and exec: system calls only. */
int tftpd_dev_enter(void *arg)
{
	const char *dev_dir = arg;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		chdir(dev_dir) < 0 || mount("/dev/null", "null", NULL, MS_BIND, NULL) < 0 ||
		mount(".", "/dev", NULL, MS_BIND | MS_REC, NULL) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* -- its command line -- */

void tftpd_argv(struct tftpd_argv *a, struct in_addr address, const char *dir)
{
	char text[INET_ADDRSTRLEN] = "";
	/* 1468: what fits a frame of 1500 bytes; larger blocks of fragments fail on some firmware
	 */
	const char *const argv[] = { "in.tftpd", "--foreground", "--listen", "--address",
		a->address, "--secure", "--verbose", "--verbose", "--user", "nobody", "--blocksize",
		"1468", dir, NULL };

	_Static_assert(sizeof(argv) <= sizeof(a->argv), "room for all arguments");
	(void)inet_ntop(AF_INET, &address, text, sizeof(text)); /* fails for short buffers only */
	snprintf(a->address, sizeof(a->address), "%s:%u", text, TFTP_PORT);
	memcpy(a->argv, argv, sizeof(argv));
}
