// SPDX-License-Identifier: Apache-2.0
/* Locks a child into a folder. */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "images/sandbox.h"

#ifdef __SANITIZE_ADDRESS__
#define MEMORY_MAX RLIM_INFINITY /* shadow memory is terabytes of address space */
#else
#define MEMORY_MAX (512u << 20) /* zstd windows take up to 128 MiB of it */
#endif
#define FILES_MAX 4096

/* To make files of any owner, mode and kind; notably without SYS_ADMIN, SYS_CHROOT and SYS_PTRACE.
 */
#define CAPABILITIES                                                                               \
	(1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER | 1u << CAP_FSETID |          \
		1u << CAP_MKNOD | 1u << CAP_SETFCAP)

static int descriptors_close(const int keep[static 2], struct error *err)
{
	unsigned int a = (unsigned int)(keep[0] < keep[1] ? keep[0] : keep[1]);
	unsigned int b = (unsigned int)(keep[0] < keep[1] ? keep[1] : keep[0]);

	if ((a > 3 && close_range(3, a - 1, 0) < 0) ||
		(b > a + 1 && close_range(a + 1, b - 1, 0) < 0) || close_range(b + 1, ~0u, 0) < 0)
		return fail(err, errno, "closing descriptors");
	return 0;
}

/* The folder becomes a mount of its own, moved over "/" with what is mounted below it: nothing else
 * can be reached from it. */
static int root_move(const char *root, struct error *err)
{
	struct mount_attr harmless = { .attr_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID |
						   MOUNT_ATTR_NOEXEC };

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return fail(err, errno, "making a mount namespace");
	if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) < 0 ||
		mount_setattr(AT_FDCWD, root, AT_RECURSIVE, &harmless, sizeof(harmless)) < 0)
		return fail(err, errno, "mounting '%s' for the unpacker", root);
	if (chdir(root) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
		chdir("/") < 0)
		return fail(err, errno, "changing the unpacker's root to '%s'", root);
	return 0;
}

static int limit_set(__rlimit_resource_t what, rlim_t max, struct error *err)
{
	struct rlimit limit = { max, max };

	return setrlimit(what, &limit) < 0 ? fail(err, errno, "limiting the unpacker") : 0;
}

static int rights_drop(struct error *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = CAPABILITIES, .permitted = CAPABILITIES },
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
		syscall(SYS_capset, &head, data) < 0)
		return fail(err, errno, "dropping rights");
	return 0;
}

int sandbox_enter(const char *root, const int keep[static 2], struct error *err)
{
	int r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(err, errno, "binding the unpacker to its parent");
	if ((r = descriptors_close(keep, err)) < 0 || (r = root_move(root, err)) < 0 ||
		(r = limit_set(RLIMIT_CORE, 0, err)) < 0 ||
		(r = limit_set(RLIMIT_NPROC, 0, err)) < 0 ||
		(r = limit_set(RLIMIT_AS, MEMORY_MAX, err)) < 0 ||
		(r = limit_set(RLIMIT_NOFILE, FILES_MAX, err)) < 0)
		return r;
	(void)umask(0); /* modes are the layer's */
	return rights_drop(err);
}
