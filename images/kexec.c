// SPDX-License-Identifier: Apache-2.0
/* Straight from the agent's kernel into the installed one. */
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "images/kexec.h"

int kexec_load(int kernel_fd, int initrd_fd, const char *cmdline, struct error *err)
{
	unsigned long flags = initrd_fd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0;

	if (syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, strlen(cmdline) + 1, cmdline,
		    flags) < 0)
		return fail(err, errno, "loading the installed kernel");
	return 0;
}

int kexec_run(struct error *err)
{
	(void)reboot(LINUX_REBOOT_CMD_KEXEC); /* comes back only where it failed */
	return fail(err, errno, "starting the installed kernel");
}
