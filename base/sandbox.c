// SPDX-License-Identifier: Apache-2.0
/* A process that shuts itself in: namespaces(7), capabilities(7), seccomp(2). */
#include "base/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __aarch64__
#define OWN_ARCH AUDIT_ARCH_AARCH64
#else
#define OWN_ARCH AUDIT_ARCH_X86_64
#endif
#define OTHER_ABI 0x40000000u /* x32: other numbers for the same calls */

/* What no reader of files needs. */
static const unsigned int refused[] = {
	SYS_socket,
	SYS_socketpair,
	SYS_connect,
	SYS_bind,
	SYS_listen,
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_pidfd_getfd,
	SYS_mount,
	SYS_umount2,
	SYS_open_tree,
	SYS_move_mount,
	SYS_fsopen,
	SYS_mount_setattr,
	SYS_pivot_root,
	SYS_chroot,
	SYS_unshare,
	SYS_setns,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_io_uring_setup,
	SYS_keyctl,
	SYS_add_key,
	SYS_request_key,
	SYS_init_module,
	SYS_finit_module,
	SYS_kexec_load,
	SYS_reboot,
	SYS_open_by_handle_at,
};

#define REFUSED_COUNT (sizeof(refused) / sizeof(refused[0]))

static int filter_load(void)
{
	struct sock_filter code[7 + 2 * REFUSED_COUNT] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_ABI, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = { .filter = code };
	unsigned short n = 6;

	for (size_t i = 0; i < REFUSED_COUNT; i++) {
		code[n++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
		code[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

/* Folders that are open keep the mount they were opened through, which stays as it is. */
static void mounts_protect(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY, .propagation = MS_PRIVATE };

	if (unshare(CLONE_NEWNS) == 0)
		(void)mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr));
}

/* File modes do not stop root, who may import into another user's store. */
static void rights_drop(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data) < 0)
		return;
	data[0].effective &= 1u << CAP_DAC_OVERRIDE;
	data[0].permitted &= 1u << CAP_DAC_OVERRIDE;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){ 0 };
	(void)syscall(SYS_capset, &head, data); /* giving up is always allowed */
}

/* A process that has reserved more than that already (a sanitizer's shadow) is left as it is. */
static int memory_limit(uint64_t bytes)
{
	struct rlimit before;
	struct rlimit limit;
	void *probe;

	if (getrlimit(RLIMIT_DATA, &before) < 0)
		return -errno;
	limit = before;
	limit.rlim_cur = before.rlim_max < bytes ? before.rlim_max : bytes;
	if (setrlimit(RLIMIT_DATA, &limit) < 0)
		return -errno;
	probe = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (probe == MAP_FAILED)
		return setrlimit(RLIMIT_DATA, &before) < 0 ? -errno : 0;
	(void)munmap(probe, 1);
	limit.rlim_max = limit.rlim_cur;
	return setrlimit(RLIMIT_DATA, &limit) < 0 ? -errno : 0;
}

int sandbox_enter(uint64_t memory_bytes, struct error *err)
{
	const struct rlimit none = { 0, 0 };
	int r = memory_limit(memory_bytes);

	if (r == 0 && setrlimit(RLIMIT_CORE, &none) < 0)
		r = -errno;
	if (r < 0)
		return fail(err, -r, "limiting memory");
	mounts_protect();
	(void)unshare(CLONE_NEWNET); /* needs root; sockets are refused below in any case */
	rights_drop();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(err, errno, "giving up new privileges");
	r = filter_load();
	return r < 0 ? fail(err, -r, "loading a filter of system calls") : 0;
}
